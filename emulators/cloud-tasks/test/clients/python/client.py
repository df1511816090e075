"""Calls every method of Cloud Tasks v2 with the official client: python client.py grpc|rest"""

import os
import sys

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2
from google.cloud.location import locations_pb2
from google.cloud.tasks_v2.services.cloud_tasks.transports import (
    CloudTasksGrpcTransport,
    CloudTasksRestTransport,
)
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import duration_pb2, field_mask_pb2

EMULATOR = os.environ["CLOUD_TASKS_EMULATOR_HOST"]
PROJECT = os.environ["PROJECT"]
LOCATION = os.environ["LOCATION"]

if sys.argv[1] == "rest":
    transport = CloudTasksRestTransport(host=EMULATOR, url_scheme="http", credentials=AnonymousCredentials())
else:
    transport = CloudTasksGrpcTransport(channel=grpc.insecure_channel(EMULATOR))
client = tasks_v2.CloudTasksClient(transport=transport)
parent = f"projects/{PROJECT}/locations/{LOCATION}"
name = client.queue_path(PROJECT, LOCATION, "clients")
task_name = client.task_path(PROJECT, LOCATION, "clients", "a")


def show(method, *values):
    print(method, *values)


def show_queue(method, queue):
    limits = queue.rate_limits
    rate = int(limits.max_dispatches_per_second)
    show(method, queue.state.name, rate, limits.max_burst_size, queue.retry_config.max_attempts)


def show_task(method, task):
    show(method, task.http_request.http_method.name, task.http_request.body.decode() or "-", task.view.name)


def show_refusal(method, call):
    try:
        call()
        show(method, "OK")
    except GoogleAPICallError as error:
        # Over REST the client knows the HTTP status alone.
        code = error.grpc_status_code
        show(method, code.name if code else {404: "NOT_FOUND", 409: "ALREADY_EXISTS"}[error.code])


locations = client.list_locations(locations_pb2.ListLocationsRequest(name=f"projects/{PROJECT}"))
show("ListLocations", str(LOCATION in [each.location_id for each in locations.locations]).lower())
show("GetLocation", client.get_location(locations_pb2.GetLocationRequest(name=parent)).location_id)

settings = tasks_v2.Queue(
    name=name,
    rate_limits=tasks_v2.RateLimits(max_dispatches_per_second=5),
    retry_config=tasks_v2.RetryConfig(max_attempts=3),
)
show_queue("CreateQueue", client.create_queue(parent=parent, queue=settings))
show_queue("GetQueue", client.get_queue(name=name))
settings.rate_limits.max_dispatches_per_second = 6
settings.retry_config.max_attempts = 9
mask = field_mask_pb2.FieldMask(paths=["rate_limits.max_dispatches_per_second"])
show_queue("UpdateQueue", client.update_queue(queue=settings, update_mask=mask))
unmasked = tasks_v2.Queue(name=name, retry_config=tasks_v2.RetryConfig(max_attempts=4))
show_queue("UpdateQueue", client.update_queue(queue=unmasked))
listed = client.list_queues(tasks_v2.ListQueuesRequest(parent=parent, filter="state:RUNNING", page_size=1))
show("ListQueues", ",".join(queue.name.split("/")[-1] for queue in listed))
show("PauseQueue", client.pause_queue(name=name).state.name)

binding = policy_pb2.Binding(role="roles/viewer", members=["user:ada@example.com"])
policy = policy_pb2.Policy(bindings=[binding])
answer = client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=name, policy=policy))
show("SetIamPolicy", answer.bindings[0].role)
answer = client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=name))
show("GetIamPolicy", answer.bindings[0].members[0])
permissions = ["cloudtasks.queues.get"]
answer = client.test_iam_permissions(
    iam_policy_pb2.TestIamPermissionsRequest(resource=name, permissions=permissions)
)
show("TestIamPermissions", answer.permissions[0])

http_request = tasks_v2.HttpRequest(
    url=os.environ["TARGET_URL"],
    http_method=tasks_v2.HttpMethod.PUT,
    headers={"Content-Type": "text/plain"},
    body=b"hello",
)
named = tasks_v2.Task(
    name=task_name, http_request=http_request, dispatch_deadline=duration_pb2.Duration(seconds=20)
)
FULL = tasks_v2.Task.View.FULL
show_task(
    "CreateTask",
    client.create_task(tasks_v2.CreateTaskRequest(parent=name, task=named, response_view=FULL)),
)
other = client.create_task(parent=name, task=tasks_v2.Task(http_request=http_request))
show_task("CreateTask", other)
tasks = list(client.list_tasks(tasks_v2.ListTasksRequest(parent=name, response_view=FULL, page_size=1)))
show("ListTasks", len(tasks), str(all(task.view == FULL for task in tasks)).lower())
show_task("GetTask", client.get_task(tasks_v2.GetTaskRequest(name=task_name, response_view=FULL)))
show_task("GetTask", client.get_task(name=task_name))
show("RunTask", client.run_task(name=task_name).dispatch_count)
show_refusal("CreateTask", lambda: client.create_task(parent=name, task=named))
show_refusal("DeleteTask", lambda: client.delete_task(name=other.name))
show_refusal("GetTask", lambda: client.get_task(name=other.name))
show("PurgeQueue", client.purge_queue(name=name).state.name)
show("ResumeQueue", client.resume_queue(name=name).state.name)
show_refusal("DeleteQueue", lambda: client.delete_queue(name=name))
show_refusal("GetQueue", lambda: client.get_queue(name=name))
