import com.google.api.gax.core.NoCredentialsProvider;
import com.google.cloud.tasks.v2.CloudTasksClient;
import com.google.cloud.tasks.v2.CloudTasksSettings;
import com.google.cloud.tasks.v2.HttpRequest;
import com.google.cloud.tasks.v2.QueueName;
import com.google.cloud.tasks.v2.Task;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannelBuilder;

public class QuickStart {
  public static void main(String[] args) throws Exception {
    CloudTasksSettings settings =
        CloudTasksSettings.newBuilder()
            .setCredentialsProvider(NoCredentialsProvider.create())
            .setTransportChannelProvider(
                CloudTasksSettings.defaultGrpcTransportProviderBuilder()
                    .setEndpoint(System.getenv("CLOUD_TASKS_EMULATOR_HOST"))
                    .setChannelConfigurator(ManagedChannelBuilder::usePlaintext)
                    .build())
            .build();
    try (CloudTasksClient client = CloudTasksClient.create(settings)) {
      HttpRequest request =
          HttpRequest.newBuilder()
              .setUrl("http://127.0.0.1:8080/letters")
              .setBody(ByteString.copyFromUtf8("{\"to\":\"ada\"}"))
              .build();
      QueueName parent = QueueName.of("demo", "us-central1", "letters");
      Task task = client.createTask(parent, Task.newBuilder().setHttpRequest(request).build());
      System.out.println(task.getName());
    }
  }
}
