#!/usr/bin/env bash
# The chart in a cluster: Helm 3 and Helm 4 install, upgrade, roll back and uninstall it, at a real API server, whose pods podman
# runs from images of this commit. Wants root, as podman does here. QINGLIAN_TEST_IMAGES: tests/image/engine.sh.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
for part in say layout database; do . "$root/deploy/lib/$part.sh"; done
. "$root/tests/lib/check.sh"
for part in image/engine image/house kubernetes/older kubernetes/cluster; do . "$root/tests/$part.sh"; done

# What is fetched is fetched before the network is one of its own.
if [ -z "${QINGLIAN_TEST_MACHINE-}" ]; then
  expect_root
  "$root/deploy/install" run build test image containers kubernetes || exit 1
  servers=$("$root/tests/kubernetes/server") || exit 1
  export servers
fi
on_a_machine_of_its_own "$0" "$@"
data=$(mktemp -d)
kubeconfig=$data/kubeconfig
trap forget_house EXIT

prepare() {
  local name
  build_images
  prepare_machine
  prepare_engine
  load_images "$images"
  for name in "${PROCESSES[@]}" qlctl; do engine tag "localhost/qinglian-$name:test" "localhost/qinglian-$name:next" || exit 1; done
  start_mysql
  make_secrets >/dev/null && make_callers >/dev/null && make_schemas
  chart_for_older "$data/chart"
  start_cluster
  make_namespace
}

settings() { printf '%s\n' --values "$root/tests/image/values.yaml" --set "mysql.host=$NODE"; }

# release MAJOR install|upgrade OPTION…
release() {
  local major=$1 what=$2
  shift 2
  helm "$major" "$what" house "$data/chart" $(settings) --wait --timeout 6m "$@"
}

# field KIND JSONPATH: of all of a kind, sorted.
field() { kube get "$1" -o "jsonpath={range .items[*]}$2{\"\n\"}{end}" | sort; }
status_of_release() { helm "$1" status house -o json | jq -r '"\(.version) \(.info.status)"'; }
deployments() { field deployments '{.metadata.name} {.status.readyReplicas} {.spec.template.spec.containers[0].image}'; }

# expect_deployments TAG: every one is ready, of that tag. Who was ready when Helm looked may not be for a moment where the machine
# has other things to do.
expect_deployments() {
  local name tick wanted
  wanted=$(for name in "${PROCESSES[@]}"; do echo "house-qinglian-$name 1 localhost/qinglian-$name:$1"; done | sort)
  for ((tick = 0; tick < 60; tick++)); do
    [ "$(deployments)" != "$wanted" ] || return 0
    sleep 1
  done
  expect_equal "deployments" "$wanted" "$(deployments)"
}

# Every migration ended well, and after MOMENT; and before ANYTHING, a list of moments.
expect_migrated_between() {
  local ended
  ended=$(kube get jobs -o json | jq -r '.items[] | select(.metadata.name | endswith("-migrate")) | .status | select(.succeeded == 1).completionTime' | sort)
  expect_equal "migrations that ended well" "${#SERVICES[@]}" "$(wc -l <<<"$ended")"
  [[ ! $(head -n 1 <<<"$ended") < $1 ]] || expect_equal "the first migration" "after $1" "$ended"
  [[ ! $(tail -n 1 <<<"$ended") > $(sort <<<"$2" | head -n 1) ]] || expect_equal "the last migration, before pods change" "$2" "$ended"
}

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# While something happens, calls go on through the edge: call_meanwhile OUT, until OUT.stop is there or its folder is gone.
call_meanwhile() {
  while [ -e "$1" ] && [ ! -e "$1.stop" ]; do
    if qlctl list organizations >"$1.last" 2>&1; then echo ok; else echo "failed at $(now): $(tr '\n' ' ' <"$1.last")"; fi
    sleep 0.1
  done >"$1"
}

# expect_calls_during "what" command…
expect_calls_during() {
  local what=$1 caller
  shift
  call_meanwhile "$scratch/calls" &
  caller=$!
  expect "$what" "$@"
  : >"$scratch/calls.stop"
  wait "$caller"
  [ "$(grep -c '^ok' "$scratch/calls")" -gt 20 ] || expect_equal "calls during $what" "more than 20" "$(tail -n 3 "$scratch/calls")"
  expect_equal "calls that failed during $what" "" "$(grep -v '^ok' "$scratch/calls" | head -n 5)"
}

TheApiServerTakesWhateverTheChartRenders() {
  local name
  for name in minimal everything try-out cluster; do
    local values=$root/tests/contract/chart/values/$name.yaml
    [ -e "$values" ] || values=$root/charts/qinglian/examples/$name.yaml
    # Of monitors nobody here knows anything.
    helm 3 template "$name" "$data/chart" --values "$values" --set monitoring.serviceMonitor.enabled=false \
      --set monitoring.probes.prober= --set monitoring.rules.enabled=false >"$scratch/$name.yaml" || exit 1
    expect "$name" kube apply --dry-run=server --validate=true --filename "$scratch/$name.yaml"
    expect "$name, applied by the server" kube apply --dry-run=server --server-side --filename "$scratch/$name.yaml"
  done
}

InstallMigratesFirstAndEndsWithAnAdministrator() {
  local started
  started=$(now)
  expect "installs" release "$helm" install
  expect_equal "the release" "1 deployed" "$(status_of_release "$helm")"
  expect_deployments test
  expect_migrated_between "$started" "$(field deployments '{.metadata.creationTimestamp}')"
  expect_equal "who makes the administrator" 1 "$(kube get job house-qinglian-qlctl -o 'jsonpath={.status.succeeded}')"
  expect "the administrator calls" qlctl list organizations
}

TheYearIsToldThroughTheEdge() {
  expect "divisions" qlctl import divisions "$root/tests/flow/year/divisions.csv"
  expect "organizations" qlctl import organizations "$root/tests/flow/year/organizations.csv"
  expect "the year" qlctl demo year "--demonstration_clock=$data/demonstration/clock"
}

UpgradeMigratesFirstAndNoCallFails() {
  local started before
  started=$(now)
  before=$(field replicasets '{.metadata.name}')
  expect_calls_during "the upgrade" release "$helm" upgrade --set image.tag=next
  expect_equal "the release" "2 deployed" "$(status_of_release "$helm")"
  expect_deployments next
  expect_migrated_between "$started" "$(field replicasets '{.metadata.name} {.metadata.creationTimestamp}' | grep -vF "$before" | cut -d' ' -f2)"
}

AMigrationThatFailsStopsTheUpgradeAndSaysWhy() {
  local before
  before=$(field deployments '{.metadata.name} {.metadata.generation}')
  expect_failure "the upgrade" 'house-qinglian-risk-migrate|BackoffLimitExceeded|pre-upgrade' release "$helm" upgrade --set image.tag=test \
    --set processes.risk.mysql.migrateUser=nobody --set migrations.tries=0
  expect_equal "the release" "3 failed" "$(helm "$helm" history house -o json | jq -r '.[-1] | "\(.revision) \(.status)"')"
  expect_equal "deployments, which nobody touched" "$before" "$(field deployments '{.metadata.name} {.metadata.generation}')"
  kube logs job/house-qinglian-risk-migrate >"$scratch/why" 2>&1
  expect_equal "lines that say why ($(cat "$scratch/why"))" 1 "$(grep -c 'MySQL error 1045' "$scratch/why")"
}

RollbackBringsTheOldPodsBackAndNoCallFails() {
  expect_calls_during "the rollback" helm "$helm" rollback house 1 --wait --timeout 6m
  expect_equal "the release" "4 deployed" "$(status_of_release "$helm")"
  expect_deployments test
}

# Who left with another code than 0 was cut off.
EveryPodThatLeftDidSoInGoodOrder() {
  expect "some left" [ -s "$data/ended" ]
  expect_equal "pods that ended with another code than 0" "" "$(grep -v ' 0$' "$data/ended")"
}

# Jobs of hooks and what they need stay until the next ones, so that their logs can be read.
what_stays() {
  local service
  for service in "${SERVICES[@]}"; do
    for kind in job.batch networkpolicy.networking.k8s.io serviceaccount; do echo "$kind/house-qinglian-$service-migrate"; done
  done
  printf '%s\n' job.batch/house-qinglian-qlctl serviceaccount/default configmap/kube-root-ca.crt
}

what_is_there() {
  kube get deployments,replicasets,statefulsets,jobs,services,configmaps,serviceaccounts,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers \
    -o name --ignore-not-found | sort
}

pods_left() { kube get pods -o name | grep -vE -- '-(migrate|qlctl)-'; }
until_no_pods() {
  local tick
  for ((tick = 0; tick < 300; tick++)); do
    [ -n "$(pods_left)" ] || return 0
    sleep 0.3
  done
  pods_left >&2
  return 1
}

UninstallLeavesWhatIsMeantToStay() {
  expect "uninstalls" helm "$helm" uninstall house --wait --timeout 6m
  expect "pods leave" until_no_pods
  expect_equal "what is there" "$(what_stays | sort)" "$(what_is_there)"
  expect_equal "releases" "[]" "$(helm "$helm" list -o json)"
  expect_equal "Secrets, which are not the chart's" "$(ls "$data/secrets")" "$(field secrets '{.metadata.name} {.type}' | sed -n 's/ Opaque$//p')"
}

# Of the hooks' Jobs, as the chart's README says.
WhatStaysIsTakenByItsLabel() {
  expect "deletes" kube delete job,serviceaccount,networkpolicy -l app.kubernetes.io/instance=house
  expect_equal "what is there" "$(printf '%s\n' configmap/kube-root-ca.crt serviceaccount/default)" "$(what_is_there)"
}

prepare
failed=0
for helm in 3 4; do
  say "Helm $helm: $(helm $helm version --short), Kubernetes $(kube version -o json | jq -r .serverVersion.gitVersion)"
  tests=(TheApiServerTakesWhateverTheChartRenders InstallMigratesFirstAndEndsWithAnAdministrator)
  [ $helm = 4 ] || tests+=(TheYearIsToldThroughTheEdge)
  tests+=(UpgradeMigratesFirstAndNoCallFails AMigrationThatFailsStopsTheUpgradeAndSaysWhy RollbackBringsTheOldPodsBackAndNoCallFails
    UninstallLeavesWhatIsMeantToStay EveryPodThatLeftDidSoInGoodOrder)
  [ $helm = 3 ] || tests+=(WhatStaysIsTakenByItsLabel)
  run_tests "${tests[@]}" || failed=1
done
exit $failed
