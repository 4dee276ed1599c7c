"""What to do about an import that a Python lacks: the command that installs it there."""

import shlex
import sys

_DISTRIBUTIONS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "Crypto": "pycryptodome",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "google.protobuf": "protobuf",
    "jwt": "PyJWT",
    "Levenshtein": "python-Levenshtein",
    "magic": "python-magic",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "usb": "pyusb",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
# PEP 594 and its like; there may be strangers by these names on a package index
_ONCE_CAME_WITH_PYTHON = frozenset(
    [
        "aifc",
        "asynchat",
        "asyncore",
        "audioop",
        "cgi",
        "cgitb",
        "chunk",
        "crypt",
        "distutils",
        "imghdr",
        "imp",
        "lib2to3",
        "mailcap",
        "msilib",
        "nis",
        "nntplib",
        "ossaudiodev",
        "pipes",
        "smtpd",
        "sndhdr",
        "spwd",
        "sunau",
        "telnetlib",
        "uu",
        "xdrlib",
    ]
)


def remedy(error: BaseException, own: str = "") -> str:
    """Say what helps against an error of importing, to be put behind its message; empty where it is no missing import.

    Args:
        error: What was raised.
        own: The user's own package, which cannot be installed.
    """
    if not isinstance(error, ModuleNotFoundError) or not error.name or error.name.partition(".")[0] == own:
        return ""
    command = how_to_install(error.name, sys.executable)
    return f"; install it there: {command}" if command else ""


def how_to_install(module_name: str, executable: str) -> str:
    """Give the command that installs a module's distribution for one Python.

    Args:
        module_name: The module that was not found, by its whole name.
        executable: The Python that lacks it.

    Returns:
        The command for a shell; empty where installing is no remedy, because the module belongs to Python itself,
        or because its package is there and only this part of it is not.
    """
    package, _, _ = module_name.partition(".")
    known = [name for name in _DISTRIBUTIONS if f"{module_name}.".startswith(f"{name}.")]
    if not known:
        belongs_to_python = package in sys.stdlib_module_names or package in _ONCE_CAME_WITH_PYTHON
        if belongs_to_python or package in sys.modules:
            return ""
    distribution = _DISTRIBUTIONS[known[0]] if known else package
    return f"{shlex.quote(executable)} -m pip install {shlex.quote(distribution)}"
