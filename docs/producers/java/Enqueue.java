// Enqueues send-confirmation-email v1: java -cp CLASSPATH Enqueue.java ORDER_ID EMAIL

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.rpc.AlreadyExistsException;
import com.google.cloud.tasks.v2.AppEngineHttpRequest;
import com.google.cloud.tasks.v2.AppEngineRouting;
import com.google.cloud.tasks.v2.CloudTasksClient;
import com.google.cloud.tasks.v2.CloudTasksSettings;
import com.google.cloud.tasks.v2.QueueName;
import com.google.cloud.tasks.v2.Task;
import com.google.cloud.tasks.v2.TaskName;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.grpc.ManagedChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

public class Enqueue {
  static final String QUEUE = "emails";
  static final Path SCHEMA = Path.of("../../contracts/send-confirmation-email/v1.schema.json");

  public static void main(String[] args) throws Exception {
    String orderId = args[0];
    ObjectMapper json = new ObjectMapper();
    var payload = json.valueToTree(Map.of("orderId", orderId, "email", args[1]));

    // The worker checks again, and gives up a payload that breaks its contract. Here it is still an exception of yours.
    var schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(Files.readString(SCHEMA));
    var problems = schema.validate(payload);
    if (!problems.isEmpty()) throw new IllegalArgumentException(problems.toString());

    CloudTasksSettings.Builder settings = CloudTasksSettings.newBuilder();
    String emulator = System.getenv("CLOUD_TASKS_EMULATOR_HOST");
    if (emulator != null) {
      // The emulator needs no credentials.
      settings
          .setEndpoint(emulator)
          .setCredentialsProvider(NoCredentialsProvider.create())
          .setTransportChannelProvider(
              CloudTasksSettings.defaultGrpcTransportProviderBuilder()
                  .setEndpoint(emulator)
                  .setChannelConfigurator(ManagedChannelBuilder::usePlaintext)
                  .build());
    }
    String project = System.getenv("PROJECT");
    String location = System.getenv("LOCATION");
    Task task =
        Task.newBuilder()
            // The name is the dedupe key: a second task of this name is refused.
            .setName(TaskName.of(project, location, QUEUE, orderId + "-confirmation").toString())
            .setAppEngineHttpRequest(
                AppEngineHttpRequest.newBuilder()
                    .setRelativeUri("/tasks/send-confirmation-email/v1")
                    .setAppEngineRouting(AppEngineRouting.newBuilder().setService("worker"))
                    .putHeaders("Content-Type", "application/json")
                    .setBody(ByteString.copyFrom(json.writeValueAsBytes(payload))))
            // 60 s, the contract's deadline, and some time to report its end.
            .setDispatchDeadline(Duration.newBuilder().setSeconds(90))
            .build();
    try (CloudTasksClient client = CloudTasksClient.create(settings.build())) {
      client.createTask(QueueName.of(project, location, QUEUE), task);
      System.out.println("enqueued");
    } catch (AlreadyExistsException alreadyThere) {
      System.out.println("already enqueued");
    }
  }
}
