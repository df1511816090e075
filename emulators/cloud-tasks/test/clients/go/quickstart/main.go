package main

import (
	"context"
	"fmt"
	"log"
	"os"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func main() {
	ctx := context.Background()
	client, err := cloudtasks.NewClient(ctx,
		option.WithEndpoint(os.Getenv("CLOUD_TASKS_EMULATOR_HOST")),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	request := &pb.HttpRequest{Url: "http://127.0.0.1:8080/letters", Body: []byte(`{"to":"ada"}`)}
	task, err := client.CreateTask(ctx, &pb.CreateTaskRequest{
		Parent: "projects/demo/locations/us-central1/queues/letters",
		Task:   &pb.Task{MessageType: &pb.Task_HttpRequest{HttpRequest: request}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(task.Name)
}
