# The chart for an API server of 1.20, which is what can be built here. All that is another than for one of 1.27 or later, which
# the chart is for, stands here. Wants $root, say.sh.

# replace FILE FROM TO: at least once, or the chart is not what it was when this was written.
replace() {
  grep -q -- "$2" "$1" || fail "${1##*/} of the chart says nothing like '$2'"
  sed -i "s|$2|$3|" "$1"
}

# chart_for_older FOLDER
chart_for_older() {
  local part=$1/templates
  cp -rL "$root/charts/qinglian" "$1" || fail "cannot copy the chart"
  # What the chart is for.
  replace "$1/Chart.yaml" 'kubeVersion: .*1\.27.*' ''
  # 1.21 made the one version that there still is; autoscaling has its own since 1.23.
  replace "$part/_process.tpl" 'apiVersion: policy/v1' 'apiVersion: policy/v1beta1'
  replace "$part/_process.tpl" 'apiVersion: autoscaling/v2' 'apiVersion: autoscaling/v2beta2'
  # Since 1.24. The node asks for health there all the same.
  replace "$part/_process.tpl" 'grpc: {port: 8081.*}' 'tcpSocket: {port: 8081}'
}
