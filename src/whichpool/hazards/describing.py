"""What to call something captured: ``CACHE, a dict of the module``."""

import ast

from whichpool.hazards.looking import Captured, CaptureKind
from whichpool.hazards.module import Module

_DISPLAYS = {
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Set: "set",
    ast.SetComp: "set",
}
_OF = {
    CaptureKind.GLOBAL: "of the module",
    CaptureKind.CLOSURE: "of the function around",
    CaptureKind.BOUND: "of the object that the method is bound to",
    CaptureKind.IMPORTED: "of another module",
    CaptureKind.DEFAULT: "made once, as a default",
    CaptureKind.PARTIAL: "that a partial gives to all calls",
}
_PLAIN = {
    CaptureKind.GLOBAL: "a global",
    CaptureKind.CLOSURE: "a variable of the function around",
    CaptureKind.BOUND: "state of the object that the method is bound to",
    CaptureKind.IMPORTED: "state of another module",
    CaptureKind.DEFAULT: "a default, made once",
    CaptureKind.PARTIAL: "an argument that a partial gives to all calls",
}


def described(captured: Captured, module: Module) -> str:
    """Name something captured, with what it is."""
    root, _, attribute = captured.name.partition(".")
    at_root = module.bindings.get(root, ())
    if attribute and any(isinstance(value, ast.ClassDef) for value in at_root):
        return f"{captured.name}, an attribute of the class,"
    values = captured.values or (() if attribute else at_root)
    kind = next((found for value in values if (found := _kind(value, module))), "")
    of_what = "an attribute of " if attribute and captured.kind in {CaptureKind.GLOBAL, CaptureKind.CLOSURE} else ""
    what = f"{_article(kind)} {_OF[captured.kind]}" if kind else f"{of_what}{_PLAIN[captured.kind]}"
    return f"{'something in ' if captured.element else ''}{captured.name}, {what},"


def _kind(value: ast.AST, module: Module) -> str:
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        known = (module.dotted(value.func) or "").partition(".")[0] in {"builtins", "collections"}
        return name if known or module.class_of(value) else ""
    return _DISPLAYS.get(type(value), "")


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
