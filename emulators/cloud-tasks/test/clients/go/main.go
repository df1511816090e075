// Calls every method of Cloud Tasks v2 with the official client: main grpc|rest
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path"
	"strings"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

var (
	emulator = os.Getenv("CLOUD_TASKS_EMULATOR_HOST")
	parent   = fmt.Sprintf("projects/%s/locations/%s", os.Getenv("PROJECT"), os.Getenv("LOCATION"))
	name     = parent + "/queues/clients"
	taskName = name + "/tasks/a"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client := newClient(ctx, os.Args[1])
	defer client.Close()
	callLocations(ctx, client)
	callQueues(ctx, client)
	callIam(ctx, client)
	callTasks(ctx, client)
	endQueue(ctx, client)
}

func newClient(ctx context.Context, transport string) *cloudtasks.Client {
	if transport == "rest" {
		client, err := cloudtasks.NewRESTClient(ctx, option.WithEndpoint("http://"+emulator), option.WithoutAuthentication())
		check(err)
		return client
	}
	client, err := cloudtasks.NewClient(ctx, option.WithEndpoint(emulator), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	check(err)
	return client
}

func callLocations(ctx context.Context, client *cloudtasks.Client) {
	found := false
	locations := client.ListLocations(ctx, &location.ListLocationsRequest{Name: "projects/" + os.Getenv("PROJECT")})
	for each, err := locations.Next(); !errors.Is(err, iterator.Done); each, err = locations.Next() {
		check(err)
		found = found || each.LocationId == os.Getenv("LOCATION")
	}
	fmt.Println("ListLocations", found)
	one, err := client.GetLocation(ctx, &location.GetLocationRequest{Name: parent})
	check(err)
	fmt.Println("GetLocation", one.LocationId)
}

func callQueues(ctx context.Context, client *cloudtasks.Client) {
	queue := &pb.Queue{
		Name:        name,
		RateLimits:  &pb.RateLimits{MaxDispatchesPerSecond: 5},
		RetryConfig: &pb.RetryConfig{MaxAttempts: 3},
	}
	created, err := client.CreateQueue(ctx, &pb.CreateQueueRequest{Parent: parent, Queue: queue})
	showQueue("CreateQueue", created, err)
	got, err := client.GetQueue(ctx, &pb.GetQueueRequest{Name: name})
	showQueue("GetQueue", got, err)
	queue.RateLimits.MaxDispatchesPerSecond = 6
	queue.RetryConfig.MaxAttempts = 9
	mask := &fieldmaskpb.FieldMask{Paths: []string{"rate_limits.max_dispatches_per_second"}}
	updated, err := client.UpdateQueue(ctx, &pb.UpdateQueueRequest{Queue: queue, UpdateMask: mask})
	showQueue("UpdateQueue", updated, err)
	unmasked := &pb.Queue{Name: name, RetryConfig: &pb.RetryConfig{MaxAttempts: 4}}
	updated, err = client.UpdateQueue(ctx, &pb.UpdateQueueRequest{Queue: unmasked})
	showQueue("UpdateQueue", updated, err)
	var ids []string
	queues := client.ListQueues(ctx, &pb.ListQueuesRequest{Parent: parent, Filter: "state:RUNNING", PageSize: 1})
	for each, err := queues.Next(); !errors.Is(err, iterator.Done); each, err = queues.Next() {
		check(err)
		ids = append(ids, path.Base(each.Name))
	}
	fmt.Println("ListQueues", strings.Join(ids, ","))
	paused, err := client.PauseQueue(ctx, &pb.PauseQueueRequest{Name: name})
	check(err)
	fmt.Println("PauseQueue", paused.State)
}

func callIam(ctx context.Context, client *cloudtasks.Client) {
	binding := &iampb.Binding{Role: "roles/viewer", Members: []string{"user:ada@example.com"}}
	policy := &iampb.Policy{Bindings: []*iampb.Binding{binding}}
	set, err := client.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: name, Policy: policy})
	check(err)
	fmt.Println("SetIamPolicy", set.Bindings[0].Role)
	got, err := client.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: name})
	check(err)
	fmt.Println("GetIamPolicy", got.Bindings[0].Members[0])
	permissions := []string{"cloudtasks.queues.get"}
	tested, err := client.TestIamPermissions(ctx, &iampb.TestIamPermissionsRequest{Resource: name, Permissions: permissions})
	check(err)
	fmt.Println("TestIamPermissions", tested.Permissions[0])
}

func callTasks(ctx context.Context, client *cloudtasks.Client) {
	request := &pb.Task_HttpRequest{HttpRequest: &pb.HttpRequest{
		Url:        os.Getenv("TARGET_URL"),
		HttpMethod: pb.HttpMethod_PUT,
		Headers:    map[string]string{"Content-Type": "text/plain"},
		Body:       []byte("hello"),
	}}
	named := &pb.CreateTaskRequest{
		Parent:       name,
		Task:         &pb.Task{Name: taskName, MessageType: request, DispatchDeadline: durationpb.New(20 * time.Second)},
		ResponseView: pb.Task_FULL,
	}
	created, err := client.CreateTask(ctx, named)
	showTask("CreateTask", created, err)
	other, err := client.CreateTask(ctx, &pb.CreateTaskRequest{Parent: name, Task: &pb.Task{MessageType: request}})
	showTask("CreateTask", other, err)
	count, allFull := 0, true
	tasks := client.ListTasks(ctx, &pb.ListTasksRequest{Parent: name, ResponseView: pb.Task_FULL, PageSize: 1})
	for each, err := tasks.Next(); !errors.Is(err, iterator.Done); each, err = tasks.Next() {
		check(err)
		count++
		allFull = allFull && each.View == pb.Task_FULL
	}
	fmt.Println("ListTasks", count, allFull)
	got, err := client.GetTask(ctx, &pb.GetTaskRequest{Name: taskName, ResponseView: pb.Task_FULL})
	showTask("GetTask", got, err)
	got, err = client.GetTask(ctx, &pb.GetTaskRequest{Name: taskName})
	showTask("GetTask", got, err)
	run, err := client.RunTask(ctx, &pb.RunTaskRequest{Name: taskName})
	check(err)
	fmt.Println("RunTask", run.DispatchCount)
	_, err = client.CreateTask(ctx, named)
	showRefusal("CreateTask", err)
	showRefusal("DeleteTask", client.DeleteTask(ctx, &pb.DeleteTaskRequest{Name: other.Name}))
	_, err = client.GetTask(ctx, &pb.GetTaskRequest{Name: other.Name})
	showRefusal("GetTask", err)
}

func endQueue(ctx context.Context, client *cloudtasks.Client) {
	purged, err := client.PurgeQueue(ctx, &pb.PurgeQueueRequest{Name: name})
	check(err)
	fmt.Println("PurgeQueue", purged.State)
	resumed, err := client.ResumeQueue(ctx, &pb.ResumeQueueRequest{Name: name})
	check(err)
	fmt.Println("ResumeQueue", resumed.State)
	showRefusal("DeleteQueue", client.DeleteQueue(ctx, &pb.DeleteQueueRequest{Name: name}))
	_, err = client.GetQueue(ctx, &pb.GetQueueRequest{Name: name})
	showRefusal("GetQueue", err)
}

func showQueue(method string, queue *pb.Queue, err error) {
	check(err)
	limits := queue.RateLimits
	fmt.Println(method, queue.State, limits.MaxDispatchesPerSecond, limits.MaxBurstSize, queue.RetryConfig.MaxAttempts)
}

func showTask(method string, task *pb.Task, err error) {
	check(err)
	body := string(task.GetHttpRequest().Body)
	if body == "" {
		body = "-"
	}
	fmt.Println(method, task.GetHttpRequest().HttpMethod, body, task.View)
}

func showRefusal(method string, err error) {
	var refused *apierror.APIError
	switch {
	case err == nil:
		fmt.Println(method, "OK")
	case errors.As(err, &refused):
		fmt.Println(method, codeOf(refused))
	default:
		check(err)
	}
}

// Over REST the client knows the HTTP status alone.
func codeOf(refused *apierror.APIError) string {
	if refused.HTTPCode() > 0 {
		return map[int]string{404: "NOT_FOUND", 409: "ALREADY_EXISTS"}[refused.HTTPCode()]
	}
	return code.Code(refused.GRPCStatus().Code()).String()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
