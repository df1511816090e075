//! Calls every method of Cloud Tasks v2 with the official client, which has REST alone.

use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::paginator::ItemPaginator as _;
use google_cloud_iam_v1::model::{Binding, Policy};
use google_cloud_tasks_v2::client::CloudTasks;
use google_cloud_tasks_v2::model::{
    HttpMethod, HttpRequest, Queue, RateLimits, RetryConfig, Task, task::View,
};
use google_cloud_wkt::{Duration, FieldMask};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let client = CloudTasks::builder()
        .with_endpoint(format!("http://{}", variable("CLOUD_TASKS_EMULATOR_HOST")))
        .with_credentials(anonymous::Builder::new().build())
        .build()
        .await?;
    let parent = format!("projects/{}/locations/{}", variable("PROJECT"), variable("LOCATION"));
    let name = format!("{parent}/queues/clients");
    call_locations(&client, &parent).await?;
    call_queues(&client, &parent, &name).await?;
    call_iam(&client, &name).await?;
    call_tasks(&client, &name).await?;
    println!("PurgeQueue {}", client.purge_queue().set_name(&name).send().await?.state);
    println!("ResumeQueue {}", client.resume_queue().set_name(&name).send().await?.state);
    show_refusal("DeleteQueue", client.delete_queue().set_name(&name).send().await);
    show_refusal("GetQueue", client.get_queue().set_name(&name).send().await);
    Ok(())
}

async fn call_locations(client: &CloudTasks, parent: &str) -> Result<(), Failure> {
    let mut found = false;
    let project = format!("projects/{}", variable("PROJECT"));
    let mut locations = client.list_locations().set_name(project).by_item();
    while let Some(location) = locations.next().await.transpose()? {
        found |= location.location_id == variable("LOCATION");
    }
    println!("ListLocations {found}");
    println!("GetLocation {}", client.get_location().set_name(parent).send().await?.location_id);
    Ok(())
}

async fn call_queues(client: &CloudTasks, parent: &str, name: &str) -> Result<(), Failure> {
    let queue = |rate: f64, attempts: i32| {
        Queue::new()
            .set_name(name)
            .set_rate_limits(RateLimits::new().set_max_dispatches_per_second(rate))
            .set_retry_config(RetryConfig::new().set_max_attempts(attempts))
    };
    let created = client.create_queue().set_parent(parent).set_queue(queue(5.0, 3));
    show_queue("CreateQueue", &created.send().await?);
    show_queue("GetQueue", &client.get_queue().set_name(name).send().await?);
    let mask = FieldMask::default().set_paths(["rate_limits.max_dispatches_per_second"]);
    let updated = client.update_queue().set_queue(queue(6.0, 9)).set_update_mask(mask);
    show_queue("UpdateQueue", &updated.send().await?);
    let unmasked = Queue::new().set_name(name).set_retry_config(RetryConfig::new().set_max_attempts(4));
    show_queue("UpdateQueue", &client.update_queue().set_queue(unmasked).send().await?);
    let mut ids = vec![];
    let running = client.list_queues().set_parent(parent).set_filter("state:RUNNING");
    let mut queues = running.set_page_size(1).by_item();
    while let Some(queue) = queues.next().await.transpose()? {
        ids.push(queue.name.split('/').next_back().unwrap_or_default().to_owned());
    }
    println!("ListQueues {}", ids.join(","));
    println!("PauseQueue {}", client.pause_queue().set_name(name).send().await?.state);
    Ok(())
}

async fn call_iam(client: &CloudTasks, name: &str) -> Result<(), Failure> {
    let binding = Binding::new().set_role("roles/viewer").set_members(["user:ada@example.com"]);
    let policy = Policy::new().set_bindings([binding]);
    let set = client.set_iam_policy().set_resource(name).set_policy(policy).send().await?;
    println!("SetIamPolicy {}", set.bindings[0].role);
    let got = client.get_iam_policy().set_resource(name).send().await?;
    println!("GetIamPolicy {}", got.bindings[0].members[0]);
    let tested = client.test_iam_permissions().set_resource(name);
    let tested = tested.set_permissions(["cloudtasks.queues.get"]).send().await?;
    println!("TestIamPermissions {}", tested.permissions[0]);
    Ok(())
}

async fn call_tasks(client: &CloudTasks, name: &str) -> Result<(), Failure> {
    let request = HttpRequest::new()
        .set_url(variable("TARGET_URL"))
        .set_http_method(HttpMethod::Put)
        .set_headers([("Content-Type", "text/plain")])
        .set_body("hello");
    let task_name = format!("{name}/tasks/a");
    let named = Task::new()
        .set_name(&task_name)
        .set_http_request(request.clone())
        .set_dispatch_deadline(Duration::clamp(20, 0));
    let create = || client.create_task().set_parent(name).set_task(named.clone());
    show_task("CreateTask", &create().set_response_view(View::Full).send().await?);
    let unnamed = Task::new().set_http_request(request);
    let other = client.create_task().set_parent(name).set_task(unnamed).send().await?;
    show_task("CreateTask", &other);
    let (mut count, mut all_full) = (0, true);
    let listed = client.list_tasks().set_parent(name).set_response_view(View::Full);
    let mut tasks = listed.set_page_size(1).by_item();
    while let Some(task) = tasks.next().await.transpose()? {
        count += 1;
        all_full &= task.view == View::Full;
    }
    println!("ListTasks {count} {all_full}");
    let full = client.get_task().set_name(&task_name).set_response_view(View::Full);
    show_task("GetTask", &full.send().await?);
    show_task("GetTask", &client.get_task().set_name(&task_name).send().await?);
    println!("RunTask {}", client.run_task().set_name(&task_name).send().await?.dispatch_count);
    show_refusal("CreateTask", create().send().await);
    show_refusal("DeleteTask", client.delete_task().set_name(&other.name).send().await);
    show_refusal("GetTask", client.get_task().set_name(&other.name).send().await);
    Ok(())
}

fn show_queue(method: &str, queue: &Queue) {
    let limits = queue.rate_limits.clone().unwrap_or_default();
    let attempts = queue.retry_config.clone().unwrap_or_default().max_attempts;
    let (rate, burst) = (limits.max_dispatches_per_second, limits.max_burst_size);
    println!("{method} {} {rate} {burst} {attempts}", queue.state);
}

fn show_task(method: &str, task: &Task) {
    let request = task.http_request().cloned().unwrap_or_default();
    let body = String::from_utf8_lossy(&request.body);
    let shown = if body.is_empty() { "-" } else { &body };
    println!("{method} {} {shown} {}", request.http_method, task.view);
}

fn show_refusal<T>(method: &str, result: google_cloud_tasks_v2::Result<T>) {
    match result {
        Ok(_) => println!("{method} OK"),
        Err(error) => match error.status() {
            Some(status) => println!("{method} {}", status.code.name()),
            None => println!("{method} {error}"),
        },
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
