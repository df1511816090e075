"""Calls the methods of Firestore with the official client: python client.py grpc"""

import os
import threading

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter, Or
from google.cloud.firestore_v1.bulk_writer import BulkWriterOptions

db = firestore.Client(project=os.environ["PROJECT"])
cities = db.collection("cities")
zurich = cities.document("zurich")


def show(method, *values):
    print(method, *[str(each).lower() if isinstance(each, bool) else each for each in values], flush=True)


def ids(documents):
    return ",".join(sorted(each.id for each in documents))


def show_refusal(method, call):
    try:
        call()
        show(method, "OK")
    except GoogleAPICallError as error:
        show(method, error.grpc_status_code.name)


def show_city(method):
    city = zurich.get().to_dict()
    show(method, city["name"], city["people"], city.get("area", {}).get("km2", "-"))


cities.document("bern").set({"name": "Bern", "people": 140})
cities.document("basel").set({"name": "Basel", "people": 180})
zurich.set({"name": "Zurich", "people": 450, "tags": ["lake"]})
show_city("set")
show_refusal("create", lambda: zurich.create({"name": "Zurich"}))
zurich.update({"people": 451, "area.km2": 88})
show_city("update")
show_refusal("update", lambda: cities.document("missing").update({"people": 1}))
zurich.set({"people": 452}, merge=["people"])
show_city("merge")
zurich.update(
    {
        "people": firestore.Increment(8),
        "tags": firestore.ArrayUnion(["lake", "river"]),
        "at": firestore.SERVER_TIMESTAMP,
        "area": firestore.DELETE_FIELD,
    }
)
show_city("transform")
city = zurich.get().to_dict()
show("transform", len(city["tags"]), city["at"].timestamp() > 0)
show("get", zurich.get().exists, cities.document("missing").get().exists)
found = list(db.get_all([zurich, cities.document("bern"), cities.document("missing")]))
show("getAll", ids(each for each in found if each.exists), ids(each for each in found if not each.exists))
large = cities.where(filter=FieldFilter("people", ">", 150)).order_by("people", direction="DESCENDING")
show("query", ",".join(each.id for each in large.stream()))
show("query", ids(cities.where(filter=FieldFilter("tags", "array_contains", "river")).limit(1).stream()))
either = Or([FieldFilter("people", "==", 140), FieldFilter("name", "==", "Zurich")])
show("or", ids(cities.where(filter=either).stream()))
aggregation = cities.count(alias="n").sum("people", alias="sum").avg("people", alias="avg")
values = {each.alias: int(each.value) for each in aggregation.get()[0]}
show("aggregate", values["n"], values["sum"], values["avg"])


@firestore.transactional
def add_one(transaction):
    before = zurich.get(transaction=transaction).get("people")
    transaction.update(zurich, {"people": before + 1})
    return before


show("transaction", add_one(db.transaction()), zurich.get().get("people"))
batch = db.batch()
batch.set(cities.document("geneva"), {"people": 200})
batch.delete(cities.document("basel"))
batch.commit()
show("batch", ids(cities.stream()))
writer = db.bulk_writer(BulkWriterOptions())
codes = []
writer.on_write_error(lambda failure, _writer: codes.append(failure.code) or False)
writer.set(cities.document("lausanne"), {"people": 140})
writer.create(cities.document("bern"), {"people": 1})
writer.close()
show("batchWrite", *["ALREADY_EXISTS" if code == 6 else code for code in codes])
show("listDocuments", ids(cities.list_documents()))
zurich.collection("districts").document("1").set({})
show("listCollections", ids(db.collections()), ids(zurich.collections()))

ended = threading.Event()


def on_snapshot(_documents, changes, _time):
    change = changes[0]
    show("listen", change.type.name.lower(), change.document.id, change.document.get("people"))
    if change.type.name == "ADDED":
        zurich.update({"people": 462})
    else:
        ended.set()


watch = cities.where(filter=FieldFilter("people", ">", 300)).on_snapshot(on_snapshot)
if not ended.wait(20):
    raise TimeoutError("The listener got no change of zurich within 20 s")
watch.unsubscribe()
other = db.write_option(last_update_time=cities.document("bern").get().update_time)
show_refusal("delete", lambda: zurich.delete(option=other))
zurich.delete()
show("delete", zurich.get().exists)
