"""Verifies an ID token with google-auth: python verify_token.py TOKEN AUDIENCE"""

import os
import sys

from google.auth.transport.requests import Request
from google.oauth2 import id_token

EMULATOR = f"http://{os.environ['CLOUD_TASKS_EMULATOR_HOST']}"
GOOGLE = "https://www.googleapis.com"


class EmulatorRequest(Request):
    """Asks the emulator for Google's keys."""

    def __call__(self, url, *args, **kwargs):
        return super().__call__(url.replace(GOOGLE, EMULATOR, 1), *args, **kwargs)


token, audience = sys.argv[1:]
claims = id_token.verify_oauth2_token(token, EmulatorRequest(), audience)
print("verify_oauth2_token", claims["email"])
claims = id_token.verify_token(token, Request(), audience, certs_url=f"{EMULATOR}/oauth2/v1/certs")
print("verify_token", claims["email"])
try:
    id_token.verify_oauth2_token(token, EmulatorRequest(), "https://other.example")
    print("another audience", "accepted")
except ValueError:
    print("another audience", "refused")
