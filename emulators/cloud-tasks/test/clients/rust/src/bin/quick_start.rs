use google_cloud_auth::credentials::anonymous;
use google_cloud_tasks_v2::client::CloudTasks;
use google_cloud_tasks_v2::model::{HttpRequest, Task};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = CloudTasks::builder()
        .with_endpoint(format!("http://{}", std::env::var("CLOUD_TASKS_EMULATOR_HOST")?))
        .with_credentials(anonymous::Builder::new().build())
        .build()
        .await?;
    let request = HttpRequest::new()
        .set_url("http://127.0.0.1:8080/letters")
        .set_body(r#"{"to":"ada"}"#);
    let task = client
        .create_task()
        .set_parent("projects/demo/locations/us-central1/queues/letters")
        .set_task(Task::new().set_http_request(request))
        .send()
        .await?;
    println!("{}", task.name);
    Ok(())
}
