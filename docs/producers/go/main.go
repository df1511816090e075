// Enqueues send-confirmation-email v1: go run . ORDER_ID EMAIL
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	queueName  = "emails"
	schemaFile = "../../contracts/send-confirmation-email/v1.schema.json"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	orderID, email := os.Args[1], os.Args[2]
	payload := map[string]any{"orderId": orderID, "email": email}

	// The worker checks again, and gives up a payload that breaks its contract. Here it is still an error of yours.
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(schemaFile)
	check(err)
	check(schema.Validate(payload))
	body, err := json.Marshal(payload)
	check(err)

	// The emulator needs no credentials.
	var options []option.ClientOption
	if emulator := os.Getenv("CLOUD_TASKS_EMULATOR_HOST"); emulator != "" {
		options = append(options, option.WithEndpoint(emulator), option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	}
	client, err := cloudtasks.NewClient(ctx, options...)
	check(err)
	defer client.Close()

	queue := fmt.Sprintf("projects/%s/locations/%s/queues/%s", os.Getenv("PROJECT"), os.Getenv("LOCATION"), queueName)
	_, err = client.CreateTask(ctx, &cloudtaskspb.CreateTaskRequest{
		Parent: queue,
		Task: &cloudtaskspb.Task{
			// The name is the dedupe key: a second task of this name is refused.
			Name: fmt.Sprintf("%s/tasks/%s-confirmation", queue, orderID),
			MessageType: &cloudtaskspb.Task_AppEngineHttpRequest{AppEngineHttpRequest: &cloudtaskspb.AppEngineHttpRequest{
				RelativeUri:      "/tasks/send-confirmation-email/v1",
				AppEngineRouting: &cloudtaskspb.AppEngineRouting{Service: "worker"},
				Headers:          map[string]string{"Content-Type": "application/json"},
				Body:             body,
			}},
			// 60 s, the contract's deadline, and some time to report its end.
			DispatchDeadline: durationpb.New(90 * time.Second),
		},
	})
	if status.Code(err) == codes.AlreadyExists {
		fmt.Println("already enqueued")
		return
	}
	check(err)
	fmt.Println("enqueued")
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
