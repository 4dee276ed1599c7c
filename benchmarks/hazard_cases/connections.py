"""Connections to databases and servers."""

import socket
import sqlite3
import urllib.request

import requests
import sqlalchemy

DATABASE = sqlite3.connect(":memory:", check_same_thread=True)
SESSION = requests.Session()
ENGINE = sqlalchemy.create_engine("sqlite://")
LISTENER = socket.socket()


# label: hazard resource
def query(number):
    return DATABASE.execute("select ?", (number,)).fetchone()


# label: clean
def query_with_own_connection(number):
    connection = sqlite3.connect(":memory:")
    try:
        return connection.execute("select ?", (number,)).fetchone()
    finally:
        connection.close()


# label: hazard resource
def fetch(url):
    return SESSION.get(url, timeout=10).text


# label: clean
def fetch_with_own_session(url):
    with requests.Session() as session:
        session.headers["User-Agent"] = "whichpool"
        return session.get(url, timeout=10).text


# label: clean
def fetch_once(url):
    response = requests.get(url, timeout=10)
    response.raise_for_status()
    return response.json()


# label: clean
def fetch_plainly(url):
    with urllib.request.urlopen(url) as response:
        return response.read()


# label: hazard resource
def insert(row):
    with ENGINE.begin() as connection:
        connection.execute(sqlalchemy.text("insert into t values (:x)"), row)


# label: hazard resource
def accept(number):
    client, _ = LISTENER.accept()
    client.sendall(str(number).encode())


# label: hazard resource mutable-default
def query_by_default(number, cursor=DATABASE.cursor()):
    return cursor.execute("select ?", (number,)).fetchone()
