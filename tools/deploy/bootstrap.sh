#!/usr/bin/env bash
# Sets a Google Cloud project up for Waybill, as far as it is not set up yet: run it again whenever you like.
# Each command that changes something is printed before it is run. docs/deploy.md tells what each part is for.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tools/deploy/bootstrap.sh --project PROJECT --region REGION [options]

  --project PROJECT      an existing project with billing
  --region REGION        where everything is, e.g. europe-west1; App Engine's can never be changed
  --iap-members MEMBERS  who may see the operators' console, e.g. group:ops@example.com,user:ada@example.com
  --worker-ingress WHO   who may reach the services that do tasks: all or internal-only (docs/deploy.md); default: as it is,
                         all at first
  --database DATABASE    Firestore's; default (default). Another one where that is in Datastore mode
  --cloud-run            also what Cloud Run needs: whose tokens tasks carry, and who may call the services that do them
                         (docs/cloud-run.md)
  --root FOLDER          the application, the folder with apps/ in it; default this script's own repository
  --dry-run              print the commands, and run none; nothing is asked either
  --help

Needs: gcloud, signed in as an owner of the project (roles in docs/deploy.md); npm ci done, for queues and indexes.
TEXT
}

project='' region='' iap_members='' worker_ingress='' database='(default)' root='' cloud_run=false dry_run=false
while [ $# -gt 0 ]; do
  case $1 in
    --project) project=${2:?--project needs a value}; shift 2 ;;
    --region) region=${2:?--region needs a value}; shift 2 ;;
    --iap-members) iap_members=${2:?--iap-members needs a value}; shift 2 ;;
    --worker-ingress) worker_ingress=${2:?--worker-ingress needs a value}; shift 2 ;;
    --database) database=${2:?--database needs a value}; shift 2 ;;
    --root) root=${2:?--root needs a value}; shift 2 ;;
    --cloud-run) cloud_run=true; shift ;;
    --dry-run) dry_run=true; shift ;;
    --help) usage; exit 0 ;;
    *) printf 'Unknown option %s\n\n' "$1" >&2; usage >&2; exit 2 ;;
  esac
done
if [ -z "$project" ] || [ -z "$region" ]; then
  [ -n "$project" ] || echo '--project is missing' >&2
  [ -n "$region" ] || echo '--region is missing' >&2
  echo >&2
  usage >&2
  exit 2
fi
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "${root:-$repository}"
if [ ! -d apps ]; then
  printf -- '--root must be a folder with apps/ in it, got %s\n' "$root" >&2
  exit 2
fi

# The services, by the names of their folders: the front, those that do tasks, the console. Each other folder of apps/ with
# an app.yaml is one that does tasks, if cron.yaml has its sweep.
known=(frontend worker console)
services=()
for name in "${known[@]}"; do [ ! -f "apps/$name/app.yaml" ] || services+=("$name"); done
for app_yaml in apps/*/app.yaml; do
  name=$(basename "$(dirname "$app_yaml")")
  case " ${known[*]} " in *" $name "*) ;; *) services+=("$name") ;; esac
done
# The targets of the sweep.
swept=$(awk '
  function flush() { if (sweep && target != "") print target; sweep = 0; target = "" }
  /^ *- / { flush() }
  /url: *\/cron\/sweep *$/ { sweep = 1 }
  /target: / { target = $NF }
  END { flush() }' cron.yaml)
task_services=()
for name in "${services[@]}"; do
  ! grep -qx "$name" <<<"$swept" || task_services+=("$name")
done
# The secrets that a service reads: `waybill.secrets` in its package.json.
secrets_of() { node -p '(JSON.parse(fs.readFileSync(`apps/${process.argv[1]}/package.json`)).waybill?.secrets ?? []).join(" ")' "$1"; }

# App Engine calls two regions by older names.
case $region in
  europe-west1) app_engine_region=europe-west ;;
  us-central1) app_engine_region=us-central ;;
  *) app_engine_region=$region ;;
esac

step() { printf '\n== %s\n' "$*"; }
# A command as it can be typed: what is not plain is quoted.
printed() {
  local part
  printf '  $'
  for part in "$@"; do
    case $part in
      *[!A-Za-z0-9_@%+=:,./-]*)
        case $part in
          --*=*) printf " %s='%s'" "${part%%=*}" "${part#*=}" ;;
          *) printf " '%s'" "$part" ;;
        esac ;;
      *) printf ' %s' "$part" ;;
    esac
  done
  printf '\n'
}
# Prints a command and runs it.
run() {
  printed "$@"
  $dry_run || "$@"
}
# Whether a command that only reads finds something. In a dry run nothing is there, so that every command is shown.
there() {
  $dry_run && return 1
  "$@" >/dev/null 2>&1
}

for app_yaml in app.yaml apps/*/app.yaml; do
  [ -f "$app_yaml" ] || continue
  if grep -q 'TASKS_LOCATION:' "$app_yaml" && ! grep -Eq "TASKS_LOCATION: *['\"]?$region['\"]?\$" "$app_yaml"; then
    printf 'Set TASKS_LOCATION to %s in %s: the queues will be there.\n' "$region" "$app_yaml"
  fi
  if ! grep -qF "FIRESTORE_DATABASE: $database" "$app_yaml"; then
    printf 'Set FIRESTORE_DATABASE to %s in %s.\n' "$database" "$app_yaml"
  fi
done
number=''
$dry_run || number=$(gcloud projects describe "$project" '--format=value(projectNumber)')
if [ -f apps/console/app.yaml ] &&
  ! grep -Eq "CONSOLE_IAP_AUDIENCE: */projects/${number:-[0-9]+}/apps/$project\$" apps/console/app.yaml; then
  printf 'Set CONSOLE_IAP_AUDIENCE to /projects/%s/apps/%s in apps/console/app.yaml, and who may act.\n' \
    "${number:-NUMBER}" "$project"
fi

step 'APIs'
run gcloud services enable \
  appengine.googleapis.com cloudbuild.googleapis.com cloudscheduler.googleapis.com cloudtasks.googleapis.com \
  firestore.googleapis.com iam.googleapis.com iap.googleapis.com logging.googleapis.com secretmanager.googleapis.com \
  "--project=$project"

step 'App Engine application'
there gcloud app describe "--project=$project" ||
  run gcloud app create "--region=$app_engine_region" "--project=$project"

step 'Firestore, in Native mode'
mode=''
if there gcloud firestore databases describe "--database=$database" "--project=$project"; then
  mode=$(gcloud firestore databases describe "--database=$database" "--project=$project" '--format=value(type)')
else
  run gcloud firestore databases create "--database=$database" "--location=$region" --type=firestore-native \
    --delete-protection "--project=$project"
fi
if [ "$mode" = DATASTORE_MODE ]; then
  printf '%s is in Datastore mode, which this cannot use: name another one by --database\n' "$database" >&2
  exit 1
fi

step 'Accounts of the services'
for name in "${services[@]}"; do
  there gcloud iam service-accounts describe "waybill-$name@$project.iam.gserviceaccount.com" "--project=$project" ||
    run gcloud iam service-accounts create "waybill-$name" "--display-name=Waybill $name" "--project=$project"
done

step 'Secrets, without values (docs/deploy.md tells how to give them one)'
secrets=''
for name in "${services[@]}"; do
  for secret in $(secrets_of "$name"); do
    case " $secrets " in *" $secret "*) ;; *) secrets+=" $secret" ;; esac
  done
done
for secret in $secrets; do
  there gcloud secrets describe "$secret" "--project=$project" ||
    run gcloud secrets create "$secret" --replication-policy=automatic "--project=$project"
  # Made once: another value would end the links that customers have. docs/deploy.md says how to rotate it.
  if [ "$secret" = ORDER_LINK_KEYS ] &&
    ! there gcloud secrets versions describe latest "--secret=$secret" "--project=$project"; then
    printf '  (a random key, %s)\n' "$(date -u +%Y-%m):…"
    node -p 'new Date().toISOString().slice(0, 7) + ":" + require("crypto").randomBytes(32).toString("base64url")' |
      run gcloud secrets versions add "$secret" --data-file=- "--project=$project"
  fi
done

step 'Queues'
if [ -z "$root" ]; then
  run npm run queues -- apply "--project=$project" "--location=$region" --yes
else
  run npm --prefix "$repository" run queues -- apply "--root=$PWD" "--project=$project" "--location=$region" --yes
fi

step 'Indexes, exemptions and TTL of Firestore'
# Prints gcloud commands, one a line; those of what is there already change nothing.
node "$repository/scripts/node-24.mjs" "$repository/tools/deploy/src/indexes/main.ts" "--root=$PWD" "--project=$project" "--database=$database" |
  while IFS= read -r command; do
    printf '  $ %s\n' "$command"
    $dry_run && continue
    # Creating a composite index that exists is an error, and the only one that is none for us.
    if ! output=$(bash -c "$command" </dev/null 2>&1); then
      case $output in
        *ALREADY_EXISTS* | *'already exists'*) ;;
        *) printf '%s\n' "$output" >&2; exit 1 ;;
      esac
    fi
  done

step 'What each account may do, and no more'
# After the indexes: a new account is not known everywhere for a minute.
# The console's own: cloudtasks.queueAdmin could delete queues and give others rights on them as well.
operator=waybillQueueOperator
custom_role() {
  local id=$1 title=$2 permissions=$3 what=create
  ! there gcloud iam roles describe "$id" "--project=$project" || what=update
  run gcloud iam roles "$what" "$id" "--title=$title" --stage=GA "--project=$project" "--permissions=$permissions"
}
custom_role "$operator" 'Waybill queue operator' \
  cloudtasks.queues.pause,cloudtasks.queues.resume,cloudtasks.queues.purge,cloudtasks.tasks.run
# createTask with an App Engine target checks this one permission. appengine.appViewer has it too, and shows the environment of
# every version beside it.
creator=waybillTaskCreator
custom_role "$creator" 'Waybill task creator' appengine.applications.get
# All of them also ask after tasks: the front for when one is due, the sweep for whether it is there, the console to show it.
for name in "${services[@]}"; do
  member="serviceAccount:waybill-$name@$project.iam.gserviceaccount.com"
  roles=(roles/datastore.user roles/cloudtasks.enqueuer roles/cloudtasks.viewer roles/logging.logWriter)
  roles+=("projects/$project/roles/$creator")
  [ "$name" != console ] || roles+=("projects/$project/roles/$operator")
  for role in "${roles[@]}"; do
    run gcloud projects add-iam-policy-binding "$project" "--role=$role" --condition=None --format=none "--member=$member"
  done
  # Each reads its own secrets when it starts, on App Engine as on Cloud Run.
  for secret in $(secrets_of "$name"); do
    run gcloud secrets add-iam-policy-binding "$secret" "--member=$member" \
      --role=roles/secretmanager.secretAccessor "--project=$project" --format=none
  done
done
# Accounts of an earlier bootstrap have the role that shows secrets in the environment of older versions.
for name in "${services[@]}"; do
  member="serviceAccount:waybill-$name@$project.iam.gserviceaccount.com"
  viewer=roles/appengine.appViewer
  ! $dry_run && [ -n "$(gcloud projects get-iam-policy "$project" '--flatten=bindings[].members' \
    "--filter=bindings.role=$viewer AND bindings.members=$member" '--format=value(bindings.role)')" ] || continue
  run gcloud projects remove-iam-policy-binding "$project" "--role=$viewer" --all --format=none "--member=$member"
done

if $cloud_run; then
  step 'Cloud Run: whose tokens tasks carry'
  run gcloud services enable run.googleapis.com artifactregistry.googleapis.com "--project=$project"
  tasks="waybill-tasks@$project.iam.gserviceaccount.com"
  there gcloud iam service-accounts describe "$tasks" "--project=$project" ||
    run gcloud iam service-accounts create waybill-tasks '--display-name=Waybill tasks' "--project=$project"
  # Who sends tasks must be allowed to have them carry its tokens.
  for name in "${services[@]}"; do
    run gcloud iam service-accounts add-iam-policy-binding "$tasks" \
      "--member=serviceAccount:waybill-$name@$project.iam.gserviceaccount.com" --role=roles/iam.serviceAccountUser \
      "--project=$project" --format=none
  done
  # The account may call the services that do tasks, and nothing else.
  for name in "${task_services[@]}"; do
    if $dry_run || there gcloud run services describe "waybill-$name" "--region=$region" "--project=$project"; then
      run gcloud run services add-iam-policy-binding "waybill-$name" "--region=$region" \
        "--member=serviceAccount:$tasks" --role=roles/run.invoker "--project=$project" --format=none
    else
      printf 'waybill-%s is not on Cloud Run yet. Then run this again, for who may call it.\n' "$name"
    fi
  done
fi

# What follows is about services, which are not there before their first deployment.
deployed() { $dry_run || there gcloud app services describe "$1" "--project=$project"; }
waiting=''
for service in default "${task_services[@]}" console; do deployed "$service" || waiting+=" $service"; done
if [ -n "$waiting" ]; then
  printf '\nNot deployed yet:%s. Then run this again, for who may reach them.\n' "$waiting"
else
  step 'Who may reach the services'
  run gcloud app services update default console --ingress=all "--project=$project" --quiet
  if [ -n "$worker_ingress" ]; then
    for service in "${task_services[@]}"; do
      run gcloud app services update "$service" "--ingress=$worker_ingress" "--project=$project" --quiet
    done
  fi
  if [ -n "$iap_members" ]; then
    step "Identity-Aware Proxy: who may see the operators' console"
    # It stands before the whole application. So everybody is let through to the others first: to the shop, and to the
    # services that do tasks, which themselves refuse whatever App Engine does not vouch for.
    let_in() {
      run gcloud iap web add-iam-policy-binding --resource-type=app-engine "--service=$1" "--member=$2" \
        --role=roles/iap.httpsResourceAccessor --condition=None "--project=$project"
    }
    let_in default allUsers
    for service in "${task_services[@]}"; do let_in "$service" allUsers; done
    IFS=, read -ra members <<<"$iap_members"
    for member in "${members[@]}"; do let_in console "$member"; done
    run gcloud iap web enable --resource-type=app-engine "--project=$project"
  fi
fi

step 'Done'
echo 'Next: give each secret its value, if it has none yet (docs/deploy.md). Then:'
if $cloud_run; then
  echo '  deploy as docs/cloud-run.md says'
else
  printf '  npm run deploy -- --project %s\n' "$project"
fi
