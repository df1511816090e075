import os

import grpc
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

channel = grpc.insecure_channel(os.environ["CLOUD_TASKS_EMULATOR_HOST"])
client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
parent = client.queue_path("demo", "us-central1", "letters")
task = {"http_request": {"url": "http://127.0.0.1:8080/letters", "body": b'{"to":"ada"}'}}
print(client.create_task(parent=parent, task=task).name)
