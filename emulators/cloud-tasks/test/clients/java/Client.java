// Calls every method of Cloud Tasks v2 with the official client: java -cp CLASSPATH Client.java grpc|rest

import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.rpc.ApiException;
import com.google.cloud.location.GetLocationRequest;
import com.google.cloud.location.ListLocationsRequest;
import com.google.cloud.location.Location;
import com.google.cloud.tasks.v2.CloudTasksClient;
import com.google.cloud.tasks.v2.CloudTasksSettings;
import com.google.cloud.tasks.v2.CreateTaskRequest;
import com.google.cloud.tasks.v2.GetTaskRequest;
import com.google.cloud.tasks.v2.HttpMethod;
import com.google.cloud.tasks.v2.HttpRequest;
import com.google.cloud.tasks.v2.ListQueuesRequest;
import com.google.cloud.tasks.v2.ListTasksRequest;
import com.google.cloud.tasks.v2.LocationName;
import com.google.cloud.tasks.v2.Queue;
import com.google.cloud.tasks.v2.QueueName;
import com.google.cloud.tasks.v2.RateLimits;
import com.google.cloud.tasks.v2.RetryConfig;
import com.google.cloud.tasks.v2.Task;
import com.google.cloud.tasks.v2.TaskName;
import com.google.cloud.tasks.v2.UpdateQueueRequest;
import com.google.iam.v1.Binding;
import com.google.iam.v1.GetIamPolicyRequest;
import com.google.iam.v1.Policy;
import com.google.iam.v1.SetIamPolicyRequest;
import com.google.iam.v1.TestIamPermissionsRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import io.grpc.ManagedChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

public class Client {
  static final String EMULATOR = System.getenv("CLOUD_TASKS_EMULATOR_HOST");
  static final String PROJECT = System.getenv("PROJECT");
  static final String LOCATION = System.getenv("LOCATION");
  static final LocationName PARENT = LocationName.of(PROJECT, LOCATION);
  static final String NAME = QueueName.of(PROJECT, LOCATION, "clients").toString();
  static final String TASK = TaskName.of(PROJECT, LOCATION, "clients", "a").toString();

  public static void main(String[] args) throws Exception {
    try (CloudTasksClient client = CloudTasksClient.create(settings(args[0]))) {
      callLocations(client);
      callQueues(client);
      callIam(client);
      callTasks(client);
      show("PurgeQueue", client.purgeQueue(NAME).getState());
      show("ResumeQueue", client.resumeQueue(NAME).getState());
      showRefusal("DeleteQueue", () -> {
        client.deleteQueue(NAME);
        return null;
      });
      showRefusal("GetQueue", () -> client.getQueue(NAME));
    }
  }

  static CloudTasksSettings settings(String transport) throws Exception {
    if (transport.equals("rest")) {
      return CloudTasksSettings.newHttpJsonBuilder()
          .setCredentialsProvider(NoCredentialsProvider.create())
          .setTransportChannelProvider(
              CloudTasksSettings.defaultHttpJsonTransportProviderBuilder()
                  .setEndpoint("http://" + EMULATOR)
                  .build())
          .build();
    }
    return CloudTasksSettings.newBuilder()
        .setCredentialsProvider(NoCredentialsProvider.create())
        .setTransportChannelProvider(
            CloudTasksSettings.defaultGrpcTransportProviderBuilder()
                .setEndpoint(EMULATOR)
                .setChannelConfigurator(ManagedChannelBuilder::usePlaintext)
                .build())
        .build();
  }

  static void callLocations(CloudTasksClient client) {
    boolean found = false;
    ListLocationsRequest all = ListLocationsRequest.newBuilder().setName("projects/" + PROJECT).build();
    for (Location each : client.listLocations(all).iterateAll()) found |= each.getLocationId().equals(LOCATION);
    show("ListLocations", found);
    GetLocationRequest one = GetLocationRequest.newBuilder().setName(PARENT.toString()).build();
    show("GetLocation", client.getLocation(one).getLocationId());
  }

  static void callQueues(CloudTasksClient client) {
    Queue queue =
        Queue.newBuilder()
            .setName(NAME)
            .setRateLimits(RateLimits.newBuilder().setMaxDispatchesPerSecond(5))
            .setRetryConfig(RetryConfig.newBuilder().setMaxAttempts(3))
            .build();
    showQueue("CreateQueue", client.createQueue(PARENT, queue));
    showQueue("GetQueue", client.getQueue(NAME));
    Queue change =
        queue.toBuilder()
            .setRateLimits(RateLimits.newBuilder().setMaxDispatchesPerSecond(6))
            .setRetryConfig(RetryConfig.newBuilder().setMaxAttempts(9))
            .build();
    FieldMask mask = FieldMask.newBuilder().addPaths("rate_limits.max_dispatches_per_second").build();
    showQueue("UpdateQueue", client.updateQueue(change, mask));
    Queue unmasked =
        Queue.newBuilder().setName(NAME).setRetryConfig(RetryConfig.newBuilder().setMaxAttempts(4)).build();
    showQueue("UpdateQueue", client.updateQueue(UpdateQueueRequest.newBuilder().setQueue(unmasked).build()));
    List<String> ids = new ArrayList<>();
    ListQueuesRequest running =
        ListQueuesRequest.newBuilder()
            .setParent(PARENT.toString())
            .setFilter("state:RUNNING")
            .setPageSize(1)
            .build();
    for (Queue each : client.listQueues(running).iterateAll()) ids.add(QueueName.parse(each.getName()).getQueue());
    show("ListQueues", String.join(",", ids));
    show("PauseQueue", client.pauseQueue(NAME).getState());
  }

  static void callIam(CloudTasksClient client) {
    Binding binding = Binding.newBuilder().setRole("roles/viewer").addMembers("user:ada@example.com").build();
    Policy policy = Policy.newBuilder().addBindings(binding).build();
    SetIamPolicyRequest set = SetIamPolicyRequest.newBuilder().setResource(NAME).setPolicy(policy).build();
    show("SetIamPolicy", client.setIamPolicy(set).getBindings(0).getRole());
    GetIamPolicyRequest get = GetIamPolicyRequest.newBuilder().setResource(NAME).build();
    show("GetIamPolicy", client.getIamPolicy(get).getBindings(0).getMembers(0));
    TestIamPermissionsRequest test =
        TestIamPermissionsRequest.newBuilder()
            .setResource(NAME)
            .addPermissions("cloudtasks.queues.get")
            .build();
    show("TestIamPermissions", client.testIamPermissions(test).getPermissions(0));
  }

  static void callTasks(CloudTasksClient client) {
    HttpRequest request =
        HttpRequest.newBuilder()
            .setUrl(System.getenv("TARGET_URL"))
            .setHttpMethod(HttpMethod.PUT)
            .putHeaders("Content-Type", "text/plain")
            .setBody(ByteString.copyFromUtf8("hello"))
            .build();
    Task named =
        Task.newBuilder()
            .setName(TASK)
            .setHttpRequest(request)
            .setDispatchDeadline(Duration.newBuilder().setSeconds(20))
            .build();
    CreateTaskRequest create =
        CreateTaskRequest.newBuilder().setParent(NAME).setTask(named).setResponseView(Task.View.FULL).build();
    showTask("CreateTask", client.createTask(create));
    Task other = client.createTask(NAME, Task.newBuilder().setHttpRequest(request).build());
    showTask("CreateTask", other);
    int count = 0;
    boolean allFull = true;
    ListTasksRequest list =
        ListTasksRequest.newBuilder()
            .setParent(NAME)
            .setResponseView(Task.View.FULL)
            .setPageSize(1)
            .build();
    for (Task each : client.listTasks(list).iterateAll()) {
      count++;
      allFull &= each.getView() == Task.View.FULL;
    }
    show("ListTasks", count, allFull);
    GetTaskRequest full = GetTaskRequest.newBuilder().setName(TASK).setResponseView(Task.View.FULL).build();
    showTask("GetTask", client.getTask(full));
    showTask("GetTask", client.getTask(TASK));
    show("RunTask", client.runTask(TASK).getDispatchCount());
    showRefusal("CreateTask", () -> client.createTask(create));
    showRefusal("DeleteTask", () -> {
      client.deleteTask(other.getName());
      return null;
    });
    showRefusal("GetTask", () -> client.getTask(other.getName()));
  }

  static void show(String method, Object... values) {
    StringBuilder line = new StringBuilder(method);
    for (Object value : values) line.append(' ').append(value);
    System.out.println(line);
  }

  static void showQueue(String method, Queue queue) {
    RateLimits limits = queue.getRateLimits();
    int rate = (int) limits.getMaxDispatchesPerSecond();
    int attempts = queue.getRetryConfig().getMaxAttempts();
    show(method, queue.getState(), rate, limits.getMaxBurstSize(), attempts);
  }

  static void showTask(String method, Task task) {
    HttpRequest request = task.getHttpRequest();
    String body = request.getBody().toStringUtf8();
    show(method, request.getHttpMethod(), body.isEmpty() ? "-" : body, task.getView());
  }

  static void showRefusal(String method, Callable<?> call) {
    try {
      call.call();
      show(method, "OK");
    } catch (ApiException refused) {
      // Over REST the client reads 409 as ABORTED, its first code of that status.
      Object status = refused.getStatusCode().getTransportCode();
      show(method, status.equals(409) ? "ALREADY_EXISTS" : refused.getStatusCode().getCode());
    } catch (Exception other) {
      throw new IllegalStateException(other);
    }
  }
}
