"""Two local stores for tests: S3 by moto, and Google's by moto behind a thin translation.

Prints the ports of both and serves until its standard input ends, so that it never outlives the
tests. Buckets with these names misbehave, and are the bucket `lake` otherwise:

  forbidden   every request is answered with 403
  busy        every request is answered with 503
  flaky       the first request for anything is answered with 503
  cut         every object's bytes end in the middle
  changing    objects have another ETag at every request
  fullN       the Nth write and all later ones are answered with 403
"""

import logging
import sys
import threading

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

CREDENTIAL = (
    "AWS4-HMAC-SHA256 Credential=testing/20240101/us-east-1/s3/aws4_request,"
    " SignedHeaders=host, Signature=none"
)


class Faults:
    """Misbehaves by the name of the bucket."""

    def __init__(self, app):
        self.app = app
        self.seen = set()
        self.writes = {}
        self.changes = 0
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
        method = environ["REQUEST_METHOD"]

        def fail(status, code):
            body = f"<Error><Code>{code}</Code><Message>as the test asks</Message></Error>".encode()
            headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
            start_response(status, headers)
            return [body]

        if bucket == "forbidden":
            return fail("403 Forbidden", "AccessDenied")
        if bucket == "busy":
            return fail("503 Slow Down", "SlowDown")
        if bucket == "flaky":
            what = (method, key, environ["QUERY_STRING"], environ.get("HTTP_RANGE"))
            with self.lock:
                new = what not in self.seen
                self.seen.add(what)
            if new:
                return fail("503 Slow Down", "SlowDown")
        if bucket.startswith("full") and method == "PUT":
            with self.lock:
                self.writes[bucket] = self.writes.get(bucket, 0) + 1
                if self.writes[bucket] >= int(bucket[4:]):
                    return fail("403 Forbidden", "AccessDenied")
        if bucket in ("flaky", "cut", "changing"):
            environ["PATH_INFO"] = f"/lake/{key}"
            environ["RAW_URI"] = environ["REQUEST_URI"] = environ["PATH_INFO"]
        if bucket == "changing" and "HTTP_IF_MATCH" in environ:
            return fail("412 Precondition Failed", "PreconditionFailed")
        body = self.app(environ, start_response)
        if bucket == "cut" and method == "GET" and key.endswith(".parquet"):
            whole = b"".join(body)
            return [whole[: len(whole) // 2]]
        return body


class Google:
    """Google's XML interface on moto's S3."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["HTTP_AUTHORIZATION"] = CREDENTIAL
        source = environ.pop("HTTP_X_GOOG_COPY_SOURCE", None)
        if source is not None:
            environ["HTTP_X_AMZ_COPY_SOURCE"] = source
        if environ.pop("HTTP_X_GOOG_IF_GENERATION_MATCH", None) == "0":
            environ["HTTP_IF_NONE_MATCH"] = "*"
        return self.app(environ, start_response)


def main():
    logging.disable(logging.CRITICAL)
    for bucket in ["lake", "reports", *(f"full{n}" for n in range(1, 7))]:
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(bucket, "us-east-1")
    ports = []
    for translate in (lambda app: app, Google):
        moto = DomainDispatcherApplication(create_backend_app)
        server = make_server("127.0.0.1", 0, Faults(translate(moto)), threaded=True)
        ports.append(str(server.port))
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(" ".join(ports), flush=True)
    sys.stdin.read()


main()
