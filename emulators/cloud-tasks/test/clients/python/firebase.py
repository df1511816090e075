"""Enqueues and deletes tasks of a function with firebase-admin."""

import os

import firebase_admin
from firebase_admin import functions
from firebase_admin.exceptions import FirebaseError

app = firebase_admin.initialize_app(options={"projectId": os.environ["PROJECT"]})
queue = functions.task_queue("resize", app=app)


def refusal(call):
    try:
        call()
        return "OK"
    except FirebaseError as error:
        return error.code


print("enqueue", queue.enqueue({"data": {"size": 1}}, functions.TaskOptions(task_id="first")))
options = functions.TaskOptions(uri=os.environ["TARGET_URL"] + "/own", headers={"X-Own": "yes"})
generated = queue.enqueue({"data": {"size": 2}}, options)
print("enqueue", "OK" if generated.isdigit() else generated)
later = functions.TaskOptions(task_id="later", schedule_delay_seconds=3_600, dispatch_deadline_seconds=60)
print("enqueue", queue.enqueue({"data": {"size": 3}}, later))
print("enqueue", refusal(lambda: queue.enqueue({}, functions.TaskOptions(task_id="later"))))
print("delete", refusal(lambda: queue.delete("later")))
print("delete", refusal(lambda: queue.delete("later")))
print("enqueue", refusal(lambda: functions.task_queue("none", app=app).enqueue({})))
