"""Does the node in this container answer? Exit status 0 or 1. A node whose store is down answers: surveys go on."""

import os
import ssl
import sys
import urllib.request

secure = bool(os.environ.get("TAKAN_TLS_CERT"))
url = f"http{'s' * secure}://127.0.0.1:{os.environ.get('TAKAN_PORT', '8443')}/api/health"
unchecked = ssl.create_default_context()
unchecked.check_hostname = False  # the certificate names the host that phones see
unchecked.verify_mode = ssl.CERT_NONE
try:
    with urllib.request.urlopen(url, timeout=4, context=unchecked) as answer:  # noqa: S310 (its own address)
        sys.exit(answer.status != 200)
except OSError as fault:
    sys.exit(f"{url}: {fault}")
