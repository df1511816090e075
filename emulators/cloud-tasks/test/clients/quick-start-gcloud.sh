export CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS=http://$CLOUD_TASKS_EMULATOR_HOST/
export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true CLOUDSDK_CORE_PROJECT=demo
gcloud tasks create-http-task --queue=letters --location=us-central1 --url=http://127.0.0.1:8080/letters --body-content='{"to":"ada"}'
