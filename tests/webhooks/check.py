"""Reads cases {secret, headers, body} as JSON and says of each whether the official library and our sample take it."""

import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "it" / "fixtures" / "webhooks"))

from standardwebhooks.webhooks import Webhook  # noqa: E402
from verify import verify  # noqa: E402


def takes(check) -> bool:
    try:
        check()
        return True
    except Exception:
        return False


verdicts = []
for case in json.load(sys.stdin):
    secret, headers, body = case["secret"], case["headers"], case["body"]
    verdicts.append(
        [
            takes(lambda: Webhook(secret).verify(body, headers)),
            takes(lambda: verify(secret, headers, body.encode())),
        ]
    )
json.dump(verdicts, sys.stdout)
