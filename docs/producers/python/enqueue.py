"""Enqueues send-confirmation-email v1: python enqueue.py ORDER_ID EMAIL"""

import json
import os
import sys
from pathlib import Path

import grpc
from google.api_core.exceptions import AlreadyExists
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.protobuf import duration_pb2
from jsonschema import Draft202012Validator

QUEUE = "emails"
SCHEMA = Path(__file__).parents[2] / "contracts/send-confirmation-email/v1.schema.json"

order_id, email = sys.argv[1:]
payload = {"orderId": order_id, "email": email}

# The worker checks again, and gives up a payload that breaks its contract. Here it is still an exception of yours.
Draft202012Validator(json.loads(SCHEMA.read_text())).validate(payload)

# The emulator needs no credentials.
emulator = os.environ.get("CLOUD_TASKS_EMULATOR_HOST")
client = tasks_v2.CloudTasksClient(
    transport=CloudTasksGrpcTransport(channel=grpc.insecure_channel(emulator)) if emulator else None
)
queue = client.queue_path(os.environ["PROJECT"], os.environ["LOCATION"], QUEUE)
task = tasks_v2.Task(
    # The name is the dedupe key: a second task of this name is refused.
    name=f"{queue}/tasks/{order_id}-confirmation",
    app_engine_http_request=tasks_v2.AppEngineHttpRequest(
        relative_uri="/tasks/send-confirmation-email/v1",
        app_engine_routing=tasks_v2.AppEngineRouting(service="worker"),
        headers={"Content-Type": "application/json"},
        body=json.dumps(payload).encode(),
    ),
    # 60 s, the contract's deadline, and some time to report its end.
    dispatch_deadline=duration_pb2.Duration(seconds=90),
)
try:
    client.create_task(parent=queue, task=task, timeout=20)
    print("enqueued")
except AlreadyExists:
    print("already enqueued")
