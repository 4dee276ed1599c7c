"""Where a workload comes from, in the words of the code that runs it."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import PurePath

from whichpool.report.writing import WIDTH, fitted, is_importable, quoted
from whichpool.values import Facts, Import, Workload

_FILES = {
    "lines": ['items = {path}.read_text(encoding="utf-8").splitlines()'],
    "jsonl": [
        'lines = {path}.read_text(encoding="utf-8").splitlines()',
        "items = [json.loads(line) for line in lines if line.strip()]",
    ],
    "glob": ["items = sorted(glob.glob(str({path}.absolute()), recursive=True))"],
    "-": ["items = sys.stdin.buffer.read().decode().splitlines()"],
}


@dataclass(frozen=True, slots=True)
class Source:
    """The workload in the snippet's words.

    Attributes:
        workload: What to run.
        facts: What loading it told.
        aliases: What the snippet calls the names that it imports, by module.
    """

    workload: Workload
    facts: Facts
    aliases: Mapping[str, Mapping[str, str]]

    @property
    def is_calls(self) -> bool:
        """Whether the items are calls that were written out."""
        return bool(self.workload.targets) and self.workload.items is None

    def function(self) -> str:
        """Name the function; a name with dots may stand for an object's method, and no code can be made of that."""
        if self.workload.targets:
            return self.calls()[0][0]
        return self.workload.name if self.workload.name.isidentifier() else "function"

    def call(self) -> str:
        """Call the function with one item."""
        return f"{self.function()}({'*' if self.facts.unpacked else ''}item)"

    def calls(self) -> list[tuple[str, str]]:
        """List functions and the arguments that were written out with them."""
        calls = []
        for target in self.workload.targets:
            head, _, tail = target.partition("(")
            place, _, name = head.rpartition(":")
            arguments = self._read(place, f"_({tail or ')'}").strip().removeprefix("_(").removesuffix(")")
            calls.append((self._read(place, name.strip()), arguments.strip().removesuffix(",")))
        return calls

    def items(self, *, as_list: bool) -> tuple[list[str], str]:
        """Say how the items are made, and what they are called then."""
        spec = self.workload.items
        if spec is None:
            return ["items = list(items)"] if as_list else [], "items"
        kind, _, rest = spec.partition(":")
        if kind in _FILES:
            path = f"Path({quoted(rest)}){'.expanduser()' if rest.startswith('~') else ''}"
            return [line.format(path=path) for line in _FILES[kind]], "items"
        place, _, name = spec.rpartition(":")
        if place not in [found.place for found in self.facts.imports]:
            place, name = self.facts.imports[0].place, spec.strip()
        made = self._read(place, name) + ("()" if self.facts.items_called else "")
        if made.isidentifier() and not as_list:
            return [], made
        is_sequence = isinstance(ast.parse(made, mode="eval").body, ast.List | ast.ListComp | ast.Tuple)
        return [f"items = list({made})" if as_list and not is_sequence else f"items = {made}"], "items"

    def imports(self) -> Iterator[str]:
        """Import what the workload takes from the modules that the user named."""
        folders = {self.workload.folder}
        for module, names in self.aliases.items():
            found = next(found for found in self.facts.imports if found.module == module)
            if found.folder not in folders:
                folders.add(found.folder)
                yield f"sys.path.insert(0, {self._path(found.folder)})"
            if found.file is not None:
                yield f"spec = importlib.util.spec_from_file_location({quoted(module)}, {self._path(found.file)})"
                yield f"sys.modules[{quoted(module)}] = importlib.util.module_from_spec(spec)"
                yield f"spec.loader.exec_module(sys.modules[{quoted(module)}])"
            if is_importable(module):
                parts = sorted(name if name == alias else f"{name} as {alias}" for name, alias in names.items())
                line = f"from {module} import {', '.join(parts)}"
                yield line if len(line) <= WIDTH else fitted(f"from {module} import (", parts, ")")
            else:
                for name, alias in names.items():
                    yield f"{alias} = importlib.import_module({quoted(module)}).{name}"

    def other_folders(self) -> list[str]:
        """List the folders besides the workload's own that modules are imported from, as written in code."""
        folders = dict.fromkeys(found.folder for found in self.facts.imports)
        return [self._path(folder) for folder in folders if folder != self.workload.folder]

    def _path(self, path: str) -> str:
        below = PurePath(path).is_relative_to(self.workload.folder)
        return quoted(str(PurePath(path).relative_to(self.workload.folder)) if below else path)

    def _read(self, place: str, text: str) -> str:
        """Leave the user's text as it is, unless a name in it had to change."""
        module = next(found.module for found in self.facts.imports if found.place == place)
        changed = {name: alias for name, alias in self.aliases[module].items() if name != alias}
        if not changed:
            return text
        tree = ast.parse(text, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                node.id = changed.get(node.id, node.id)
            elif isinstance(node, ast.arg):
                node.arg = changed.get(node.arg, node.arg)
        return ast.unparse(tree)


def lies_elsewhere(workload: Workload, facts: Facts) -> bool:
    """Tell whether a module of the user's lies where Python would not look for it by itself."""
    return any(found.file or found.folder != workload.folder for found in facts.imports)


def aliases(imports: Sequence[Import], taken: Collection[str]) -> dict[str, dict[str, str]]:
    """Decide by module what its names are called: what the user calls them, where that is free."""
    used = set(taken)
    aliases: dict[str, dict[str, str]] = {}
    for found in imports:
        names = aliases.setdefault(found.module, {})
        for name in found.names:
            if name not in names:
                numbered = (f"{name}_{number}" for number in count(2))
                names[name] = next(alias for alias in chain([name], numbered) if alias not in used)
                used.add(names[name])
    return aliases
