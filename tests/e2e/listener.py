"""A server on a port of this machine that stands for somebody outside."""

import http.server
import threading


class Listener:
    """Listens while the `with` lasts. Whoever stands for somebody says in `answer` what requests are answered."""

    def __enter__(self):
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, answer, *more = listener.answer(self.path, self.headers, body)
                self.send_response(status)
                for name, value in more:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_PUT = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path, headers, body):
        """Status, body, and headers as pairs."""
        raise NotImplementedError
