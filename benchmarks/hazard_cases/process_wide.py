"""What belongs to a process as a whole, or to a thread alone."""

import contextlib
import contextvars
import decimal
import io
import locale
import os
import signal
import threading
import warnings

LOCAL = threading.local()
LOCAL.factor = 3
LANGUAGE = contextvars.ContextVar("LANGUAGE", default="en")


# label: hazard process-state | items: ["/", "/tmp"]
def list_folder(folder):
    os.chdir(folder)
    return len(os.listdir("."))


# label: hazard process-state | items: ["1", "2"]
def with_threads(count):
    os.environ["OMP_NUM_THREADS"] = count
    return os.environ["OMP_NUM_THREADS"]


# label: clean | items: ["HOME", "NOWHERE"]
def from_environment(name):
    return os.environ.get(name, "")


# label: hazard process-state | items: range(1, 3)
def with_alarm(seconds):
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.alarm(seconds + 60)
    signal.alarm(0)
    return seconds


# label: hazard thread-local | items: range(3)
def scaled(number):
    return number * LOCAL.factor


# label: clean | items: ["de", "fr"]
def greet(language):
    token = LANGUAGE.set(language)
    try:
        return f"hello in {LANGUAGE.get()}"
    finally:
        LANGUAGE.reset(token)


# label: hazard process-state | items: ["1.5", "2.5"]
def read_number(text):
    locale.setlocale(locale.LC_NUMERIC, "C")
    return locale.atof(text)


# label: clean | items: ["1.1", "2.2"]
def exact(text):
    with decimal.localcontext() as context:
        context.prec = 50
        return str(decimal.Decimal(text) / 3)


# label: hazard process-state | items: range(3)
def quietly(number):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return number * 2


# label: hazard process-state | items: range(3)
def captured_print(number):
    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        print(number)
    return buffer.getvalue()
