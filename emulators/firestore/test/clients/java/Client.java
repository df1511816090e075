// Calls the methods of Firestore with the official client: java -cp CLASSPATH Client.java

import static com.google.cloud.firestore.AggregateField.average;
import static com.google.cloud.firestore.AggregateField.count;
import static com.google.cloud.firestore.AggregateField.sum;

import com.google.api.core.ApiFuture;
import com.google.api.gax.rpc.ApiException;
import com.google.cloud.firestore.AggregateQuerySnapshot;
import com.google.cloud.firestore.BulkWriter;
import com.google.cloud.firestore.CollectionReference;
import com.google.cloud.firestore.DocumentChange;
import com.google.cloud.firestore.DocumentReference;
import com.google.cloud.firestore.DocumentSnapshot;
import com.google.cloud.firestore.FieldValue;
import com.google.cloud.firestore.Filter;
import com.google.cloud.firestore.Firestore;
import com.google.cloud.firestore.FirestoreException;
import com.google.cloud.firestore.FirestoreOptions;
import com.google.cloud.firestore.ListenerRegistration;
import com.google.cloud.firestore.Precondition;
import com.google.cloud.firestore.Query;
import com.google.cloud.firestore.SetOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

public class Client {
  // It reads FIRESTORE_EMULATOR_HOST.
  static final Firestore DB =
      FirestoreOptions.newBuilder().setProjectId(System.getenv("PROJECT")).build().getService();
  static final CollectionReference CITIES = DB.collection("cities");
  static final DocumentReference ZURICH = CITIES.document("zurich");

  public static void main(String[] args) throws Exception {
    callWrites();
    callReads();
    callTransactions();
    listen();
    Precondition other = Precondition.updatedAt(CITIES.document("bern").get().get().getUpdateTime());
    showRefusal("delete", ZURICH.delete(other));
    ZURICH.delete().get();
    show("delete", ZURICH.get().get().exists());
    DB.close();
  }

  static void callWrites() throws Exception {
    CITIES.document("bern").set(Map.of("name", "Bern", "people", 140)).get();
    CITIES.document("basel").set(Map.of("name", "Basel", "people", 180)).get();
    ZURICH.set(Map.of("name", "Zurich", "people", 450, "tags", List.of("lake"))).get();
    showCity("set");
    showRefusal("create", ZURICH.create(Map.of("name", "Zurich")));
    ZURICH.update(Map.of("people", 451, "area.km2", 88)).get();
    showCity("update");
    showRefusal("update", CITIES.document("missing").update(Map.of("people", 1)));
    Map<String, Object> change = Map.of("people", 452, "area", Map.of("km2", 1));
    ZURICH.set(change, SetOptions.mergeFields("people")).get();
    showCity("merge");
    Map<String, Object> transforms =
        Map.of(
            "people", FieldValue.increment(8),
            "tags", FieldValue.arrayUnion("lake", "river"),
            "at", FieldValue.serverTimestamp(),
            "area", FieldValue.delete());
    ZURICH.update(transforms).get();
    DocumentSnapshot city = showCity("transform");
    show("transform", ((List<?>) city.get("tags")).size(), city.getTimestamp("at").getSeconds() > 0);
  }

  static void callReads() throws Exception {
    DocumentReference missing = CITIES.document("missing");
    show("get", ZURICH.get().get().exists(), missing.get().get().exists());
    List<DocumentSnapshot> all = DB.getAll(CITIES.document("bern"), ZURICH, missing).get();
    show("getAll", ids(all.subList(0, 2)), ids(all.subList(2, 3)));
    Query large = CITIES.whereGreaterThan("people", 150).orderBy("people", Query.Direction.DESCENDING);
    show("query", ids(large.get().get().getDocuments()));
    show("query", ids(CITIES.whereArrayContains("tags", "river").limit(1).get().get().getDocuments()));
    Filter either = Filter.or(Filter.equalTo("people", 140), Filter.equalTo("name", "Zurich"));
    show("or", ids(CITIES.where(either).get().get().getDocuments()));
    AggregateQuerySnapshot values = CITIES.aggregate(count(), sum("people"), average("people")).get().get();
    show("aggregate", values.getCount(), values.get(sum("people")), values.get(average("people")).intValue());
  }

  static void callTransactions() throws Exception {
    long before =
        DB.runTransaction(
                transaction -> {
                  long people = transaction.get(ZURICH).get().getLong("people");
                  transaction.update(ZURICH, "people", people + 1);
                  return people;
                })
            .get();
    show("transaction", before, ZURICH.get().get().getLong("people"));
    DB.batch().set(CITIES.document("geneva"), Map.of("people", 200)).delete(CITIES.document("basel")).commit().get();
    show("batch", ids(CITIES.get().get().getDocuments()));
    BulkWriter writer = DB.bulkWriter();
    writer.set(CITIES.document("lausanne"), Map.of("people", 140));
    ApiFuture<?> refused = writer.create(CITIES.document("bern"), Map.of("people", 1));
    writer.close();
    showRefusal("batchWrite", refused);
    List<String> names = new ArrayList<>();
    for (DocumentReference each : CITIES.listDocuments()) names.add(each.getId());
    show("listDocuments", String.join(",", names));
    ZURICH.collection("districts").document("1").set(Map.of()).get();
    CollectionReference below = ZURICH.listCollections().iterator().next();
    show("listCollections", DB.listCollections().iterator().next().getId(), below.getId());
  }

  static void listen() throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    ListenerRegistration listener =
        CITIES.whereGreaterThan("people", 300).addSnapshotListener((snapshot, error) -> {
          DocumentChange change = snapshot.getDocumentChanges().get(0);
          DocumentSnapshot city = change.getDocument();
          show("listen", change.getType().name().toLowerCase(), city.getId(), city.getLong("people"));
          if (change.getType() == DocumentChange.Type.ADDED) ZURICH.update("people", 462);
          else ended.complete(null);
        });
    ended.get(20, TimeUnit.SECONDS);
    listener.remove();
  }

  static void show(String method, Object... values) {
    StringBuilder line = new StringBuilder(method);
    for (Object value : values) line.append(' ').append(value);
    System.out.println(line);
  }

  static DocumentSnapshot showCity(String method) throws Exception {
    DocumentSnapshot city = ZURICH.get().get();
    Object area = city.get("area.km2");
    show(method, city.get("name"), city.get("people"), area == null ? "-" : area);
    return city;
  }

  static void showRefusal(String method, ApiFuture<?> call) throws Exception {
    try {
      call.get();
      show(method, "OK");
    } catch (ExecutionException refused) {
      Throwable cause = refused.getCause();
      // A bulk writer's refusals are no ApiException.
      if (cause instanceof ApiException) show(method, ((ApiException) cause).getStatusCode().getCode());
      else show(method, ((FirestoreException) cause).getStatus().getCode());
    }
  }

  static String ids(List<? extends DocumentSnapshot> documents) {
    return documents.stream().map(DocumentSnapshot::getId).collect(Collectors.joining(","));
  }
}
