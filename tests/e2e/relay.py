"""A way to the emulator on which answers can get stuck."""

import selectors
import socket
import threading
import urllib.parse


class Relay:
    """Passes connections on, as they are, while nobody holds them."""

    def __init__(self, endpoint):
        parts = urllib.parse.urlsplit(endpoint)
        self._behind = (parts.hostname, parts.port)
        self._open = threading.Event()
        self._open.set()
        self._marker, self._held = b"", threading.Event()

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.release()
        self._listener.close()

    def hold_answers_to(self, start):
        """From now on requests that start so get through, and their answers do not. The event tells
        that an answer is held."""
        self._marker = start
        self._open.clear()
        return self._held

    def release(self):
        self._open.set()

    def _accept(self):
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(caller,), daemon=True).start()

    def _pass_on(self, caller):
        asked = b""
        with caller, socket.create_connection(self._behind) as server, selectors.DefaultSelector() as both:
            both.register(caller, selectors.EVENT_READ)
            both.register(server, selectors.EVENT_READ)
            try:
                while True:
                    for key, _ in both.select():
                        data = key.fileobj.recv(65536)
                        if not data:
                            return
                        if key.fileobj is caller:
                            asked = asked or data
                            server.sendall(data)
                            continue
                        if not self._open.is_set() and asked.startswith(self._marker):
                            self._held.set()
                            self._open.wait()
                        asked = b""
                        caller.sendall(data)
            except OSError:
                return
