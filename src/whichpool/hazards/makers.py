"""What makes things that must not simply cross a thread, a fork or a pickle: known calls, and code that makes them."""

import ast
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from whichpool.hazards.effects import ResourceKind
from whichpool.hazards.looking import own_nodes
from whichpool.hazards.module import Module

_MADE_BY = {
    ResourceKind.FILE: """
        builtins.open io.open io.FileIO os.fdopen codecs.open gzip.open gzip.GzipFile bz2.open bz2.BZ2File
        lzma.open lzma.LZMAFile tempfile.TemporaryFile tempfile.NamedTemporaryFile tempfile.SpooledTemporaryFile
        shelve.open dbm.open wave.open fileinput.input pandas.HDFStore pandas.ExcelWriter PIL.Image.open
        cv2.VideoCapture cv2.VideoWriter""",
    ResourceKind.SOCKET: """
        socket.socket socket.create_connection socket.create_server socket.socketpair http.client.HTTPConnection
        http.client.HTTPSConnection ftplib.FTP ftplib.FTP_TLS smtplib.SMTP smtplib.SMTP_SSL imaplib.IMAP4
        imaplib.IMAP4_SSL poplib.POP3 poplib.POP3_SSL telnetlib.Telnet urllib.request.urlopen paramiko.SSHClient
        serial.Serial websocket.create_connection pika.BlockingConnection multiprocessing.connection.Client
        xmlrpc.client.ServerProxy""",
    ResourceKind.SQLITE: "sqlite3.connect sqlite3.Connection sqlite3.dbapi2.connect",
    ResourceKind.DATABASE: """
        psycopg2.connect psycopg.connect psycopg.Connection.connect pymysql.connect MySQLdb.connect
        mysql.connector.connect cx_Oracle.connect oracledb.connect pyodbc.connect pymssql.connect duckdb.connect
        snowflake.connector.connect sqlalchemy.orm.Session""",
    ResourceKind.CLIENT: """
        sqlalchemy.create_engine sqlalchemy.ext.asyncio.create_async_engine pymongo.MongoClient redis.Redis
        redis.StrictRedis redis.from_url redis.Redis.from_url redis.ConnectionPool elasticsearch.Elasticsearch
        boto3.client httpx.Client httpx.AsyncClient urllib3.PoolManager urllib3.HTTPConnectionPool
        urllib3.HTTPSConnectionPool psycopg_pool.ConnectionPool psycopg2.pool.ThreadedConnectionPool zmq.Context
        grpc.insecure_channel grpc.secure_channel""",
    ResourceKind.SESSION: """
        requests.Session requests.session requests.sessions.Session aiohttp.ClientSession boto3.resource
        boto3.Session boto3.session.Session cloudscraper.create_scraper""",
    ResourceKind.PROGRAM: """
        subprocess.Popen os.popen pexpect.spawn selenium.webdriver.Chrome selenium.webdriver.Firefox""",
    ResourceKind.MEMORY_MAP: "mmap.mmap",
    ResourceKind.ARCHIVE: """
        zipfile.ZipFile tarfile.open tarfile.TarFile h5py.File netCDF4.Dataset rasterio.open""",
    ResourceKind.EXECUTOR: """
        concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor multiprocessing.Pool
        concurrent.futures.thread.ThreadPoolExecutor concurrent.futures.process.ProcessPoolExecutor
        multiprocessing.pool.Pool multiprocessing.pool.ThreadPool multiprocessing.dummy.Pool""",
    ResourceKind.EVENT_LOOP: "asyncio.new_event_loop asyncio.get_event_loop asyncio.Runner",
    ResourceKind.QUEUE: "queue.Queue queue.LifoQueue queue.PriorityQueue queue.SimpleQueue",
    ResourceKind.SHARED: """
        multiprocessing.Value multiprocessing.Array multiprocessing.RawValue multiprocessing.RawArray
        multiprocessing.Lock multiprocessing.RLock multiprocessing.Semaphore multiprocessing.BoundedSemaphore
        multiprocessing.Condition multiprocessing.Event multiprocessing.Barrier multiprocessing.Queue
        multiprocessing.JoinableQueue multiprocessing.SimpleQueue multiprocessing.Pipe multiprocessing.Manager""",
    ResourceKind.LOCK: """
        threading.Lock threading.RLock threading.Condition threading.Semaphore threading.BoundedSemaphore
        threading.Event threading.Barrier _thread.allocate_lock""",
    ResourceKind.GENERATOR: """
        random.Random numpy.random.default_rng numpy.random.RandomState numpy.random.Generator torch.Generator""",
    ResourceKind.THREAD_LOCAL: "threading.local _thread._local",
}
_KINDS = {origin: kind for kind, origins in _MADE_BY.items() for origin in origins.split()}

_WRAPPERS = {"csv.reader", "csv.writer", "csv.DictReader", "csv.DictWriter", "contextlib.closing", "io.TextIOWrapper"}
_PART_OF = {"cursor", "makefile", "wrap_socket"}  # methods whose result is as bound as the thing itself
_WITH_PARTS = {ResourceKind.CLIENT, ResourceKind.PROGRAM}  # client.database, program.stdout
_CONTAINERS = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.DictComp)
_DEEPEST = 4


def kind_made(
    module: Module, value: ast.AST, local_imports: Mapping[str, str] = MappingProxyType({}), depth: int = 0
) -> ResourceKind | None:
    """Tell what kind of thing an expression makes.

    It sees through functions of the module that return one, through names, containers and conditions.

    Returns:
        The kind; None for everything that may be held on to, and for what cannot be told.
    """
    if depth > _DEEPEST:
        return None
    if isinstance(value, ast.Call):
        return _kind_of_call(module, value, local_imports, depth)
    parts: Iterator[ast.AST] = iter(())
    if isinstance(value, ast.IfExp):
        parts = iter((value.body, value.orelse))
    elif isinstance(value, ast.BoolOp):
        parts = iter(value.values)
    elif isinstance(value, ast.NamedExpr | ast.Await):
        parts = iter((value.value,))
    elif isinstance(value, _CONTAINERS):
        parts = (part for part in ast.iter_child_nodes(value) if isinstance(part, ast.Call))
    elif isinstance(value, ast.Subscript | ast.Attribute):
        owner = kind_made(module, value.value, local_imports, depth + 1)
        return owner if isinstance(value, ast.Subscript) or owner in _WITH_PARTS else None
    elif isinstance(value, ast.Name):
        parts = iter(module.bindings.get(value.id, ()))
    return next((kind for part in parts if (kind := kind_made(module, part, local_imports, depth + 1))), None)


def _kind_of_call(module: Module, call: ast.Call, local_imports: Mapping[str, str], depth: int) -> ResourceKind | None:
    origin = module.dotted(call.func, local_imports)
    if origin in _KINDS:
        kind = _KINDS[origin]
        return ResourceKind.SEEDED_GENERATOR if kind is ResourceKind.GENERATOR and _is_seeded(call) else kind
    if origin in _WRAPPERS and call.args:
        return kind_made(module, call.args[0], local_imports, depth + 1)
    if origin == "collections.defaultdict" and call.args:
        return _KINDS.get(module.dotted(call.args[0], local_imports) or "")
    if isinstance(call.func, ast.Attribute):
        return _kind_of_method(module, call.func, local_imports, depth)
    return _kind_returned(module, call, depth)


def _kind_of_method(
    module: Module, method: ast.Attribute, local_imports: Mapping[str, str], depth: int
) -> ResourceKind | None:
    if method.attr == "open":
        return ResourceKind.FILE if _is_path(module, method.value) else None
    owner = kind_made(module, method.value, local_imports, depth + 1)
    if method.attr == "connect" and owner is ResourceKind.CLIENT:
        return ResourceKind.DATABASE
    return owner if method.attr in _PART_OF else None


def _kind_returned(module: Module, call: ast.Call, depth: int) -> ResourceKind | None:
    """Look into a function of the module, and into a factory that the module made."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    for value in module.bindings.get(name, ()):
        if isinstance(value, ast.FunctionDef):
            for node in own_nodes(value):
                if isinstance(node, ast.Return) and node.value is not None:
                    kind = kind_made(module, node.value, {}, depth + 1)
                    if kind:
                        return kind
        elif isinstance(value, ast.Call) and module.dotted(value.func) == "sqlalchemy.orm.sessionmaker":
            return ResourceKind.DATABASE
    return None


def _is_path(module: Module, value: ast.expr) -> bool:
    """Tell whether something with ``open()`` is a path: by its maker, or by a name such as ``LOG_PATH``."""
    if isinstance(value, ast.Name):
        return any(
            isinstance(bound, ast.expr) and _is_path(module, bound) for bound in module.bindings.get(value.id, ())
        )
    if isinstance(value, ast.BinOp):
        return _is_path(module, value.left)
    return isinstance(value, ast.Call) and (module.dotted(value.func) or "").startswith("pathlib.")


def _is_seeded(call: ast.Call) -> bool:
    """Tell whether a generator starts from a number of the program's, and not from the machine's entropy."""
    given = [*call.args, *[keyword.value for keyword in call.keywords]]
    first = given[0] if given else ast.Constant(None)
    if isinstance(first, ast.Call):  # Generator(PCG64(7)), default_rng(SeedSequence())
        return bool(first.args or first.keywords)
    return not (isinstance(first, ast.Constant) and first.value is None)
