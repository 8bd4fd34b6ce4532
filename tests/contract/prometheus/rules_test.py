#!/usr/bin/python3
"""Each alarm fires where it should and is quiet where it should be, says so in two languages, and has a section in the runbook.

promtool runs the rules over series that are written down here, a sample every 30 s.
"""

import glob
import os
import re
import subprocess
import tempfile
import unittest

import yaml

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
RULES = sorted(glob.glob(ROOT + "/deploy/prometheus/rules/*.yaml"))
HANGZHOU = {'organization_division_info{division="3301",display_name="杭州市"}': "1x60"}


def rules():
    for path in RULES:
        with open(path, encoding="utf-8") as file:
            for group in yaml.safe_load(file)["groups"]:
                yield from group["rules"]


ALARMS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


def buckets(slow):
    """Of a histogram: ten calls a minute, of which `slow` take between 1 and 2.5 seconds."""
    name = 'gateway_unary_seconds_bucket{upstream="risk",process="gateway",le="%s"}'
    return {name % "1": f"0+{10 - slow}x60", name % "2.5": "0+10x60", name % "+Inf": "0+10x60",
            'gateway_requests_total{upstream="risk",code="OK"}': "0+10x60"}


def overdue(metric, more=""):
    return {f'{metric}{{division="3301"{more}}}': "3x60", **HANGZHOU}


def disk(free):
    """A disk of 100 GB, mounted twice."""
    series = {}
    for place in ("/", "/srv"):
        labels = f'{{job="machine",device="/dev/vda",fstype="ext4",mountpoint="{place}"}}'
        series["node_filesystem_avail_bytes" + labels] = free
        series["node_filesystem_size_bytes" + labels] = "100e9x60"
    return series


def not_overdue():
    return dict(HANGZHOU)


# Of each alarm: what makes it fire, what does not, its labels beside those of the rule, and what it says.
CASES = {
    "EdgeUnreachable": (
        {'probe_success{job="edge-probe"}': "0x60"},
        # It blinks: one probe in three fails.
        {'probe_success{job="edge-probe"}': "1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 1x40"},
        {"job": "edge-probe"},
        "全省无法访问清廉平台：入口不应答", "Nobody reaches Qinglian; the edge does not answer"),
    "ServiceDown": (
        {'gateway_upstream_serving{upstream="risk",instance="a"}': "0x60",
         'gateway_upstream_serving{upstream="risk",instance="b"}': "0x60"},
        # One of two gateways does not reach it.
        {'gateway_upstream_serving{upstream="risk",instance="a"}': "0x60",
         'gateway_upstream_serving{upstream="risk",instance="b"}': "1x60"},
        {"upstream": "risk", "subject": "risk"},
        "服务 risk 停止服务，其所有调用失败", "Service risk is down; every call to it fails"),
    "CallsFail": (
        {'gateway_requests_total{upstream="risk",code="OK"}': "0+9x60",
         'gateway_requests_total{upstream="risk",code="UNAVAILABLE"}': "0+3x60"},
        # Callers ask for what there is not, and are told so.
        {'gateway_requests_total{upstream="risk",code="OK"}': "0+9x60",
         'gateway_requests_total{upstream="risk",code="NOT_FOUND"}': "0+30x60",
         'gateway_requests_total{upstream="risk",code="UNAVAILABLE"}': "0 0 0 1x57"},
        {"upstream": "risk", "subject": "risk"},
        "对 risk 的调用有 25% 失败", "25% of the calls to risk fail"),
    "CallsSlow": (
        buckets(slow=5), buckets(slow=0), {"upstream": "risk", "subject": "risk"},
        "对 risk 的调用变慢：百分之一超过 2.47s", "One in a hundred calls to risk takes longer than 2.47s"),
    "CallsShed": (
        {'rpc_server_shed_total{process="risk",lane="unary",cause="full"}': "0+60x60"},
        {'rpc_server_shed_total{process="risk",lane="unary",cause="full"}': "0x5 20x54"},
        {"process": "risk", "subject": "risk"},
        "服务 risk 超载，正在拒绝调用", "Service risk has more to do than it can, and refuses calls"),
    "FeedStalled": (
        {'projection_lag_seconds{process="risk",feed="organization"}': "120x60"},
        {'projection_lag_seconds{process="risk",feed="organization"}': "5x9 90 5x49"},
        {"process": "risk", "feed": "organization", "subject": "organization"},
        "risk 跟不上 organization 的变更，落后 2m 0s", "risk is 2m 0s behind the changes of organization"),
    "FeedQuarantined": (
        {'projection_quarantined{process="risk",feed="organization"}': "2x60"},
        {'projection_quarantined{process="risk",feed="organization"}': "2x5 0x54"},
        {"process": "risk", "feed": "organization", "subject": "risk"},
        "risk 有 2 条来自 organization 的变更无法应用，已隔离",
        "risk could not apply 2 changes of organization; they wait in quarantine"),
    "JournalStalled": (
        {'journal_lag_seconds{process="risk"}': "0x60", 'journal_leader{process="risk",instance="a"}': "0x60",
         'journal_leader{process="risk",instance="b"}': "0x60"},
        # One of two leads.
        {'journal_lag_seconds{process="risk"}': "2x60", 'journal_leader{process="risk",instance="a"}': "0x60",
         'journal_leader{process="risk",instance="b"}': "1x60"},
        {"process": "risk", "subject": "risk"},
        "risk 的变更日志停止排序，其他服务看不到新变更",
        "The journal of risk stands still; no other service learns of new changes"),
    "ClockTasksFail": (
        {'clock_task_passes_total{process="risk",task="expire"}': "0+1x60",
         'clock_task_failures_total{process="risk",task="expire"}': "0+1x60"},
        # Now and then, and then it goes on.
        {'clock_task_passes_total{process="risk",task="expire"}': "0+2x60",
         'clock_task_failures_total{process="risk",task="expire"}': "0+1x60"},
        {"process": "risk", "task": "expire", "subject": "risk"},
        "risk 的定时任务 expire 持续失败", "risk fails again and again at what is due by the clock: expire"),
    "CountsStale": (
        {'clock_task_last_success_timestamp_seconds{process="risk",task="count-risk"}': "60x60"},
        {'clock_task_last_success_timestamp_seconds{process="risk",task="count-risk"}': "0+30x60",
         'clock_task_last_success_timestamp_seconds{process="risk",task="expire"}': "60x60"},
        {"process": "risk", "task": "count-risk", "subject": "risk"},
        "risk 的业务统计已有十分钟未更新，逾期数字不可信",
        "The counts of risk are older than ten minutes; what they say of deadlines is not to be trusted"),
    "CertificateExpiring": (
        {'probe_ssl_earliest_cert_expiry{job="edge-certificate"}': f"{10 * 86400 + 1500}x60"},
        {'probe_ssl_earliest_cert_expiry{job="edge-certificate"}': f"{30 * 86400}x60"},
        {"job": "edge-certificate"},
        "入口证书将在 10d 0h 0m 0s 后到期", "The certificate of the edge expires in 10d 0h 0m 0s"),
    "CertificateExpired": (
        {'probe_ssl_earliest_cert_expiry{job="edge-certificate"}': "600x60"},
        {'probe_ssl_earliest_cert_expiry{job="edge-certificate"}': "86400x60"},
        {"job": "edge-certificate"},
        "入口证书已到期，各方无法连接", "The certificate of the edge has expired; nobody can connect"),
    "HopCertificateExpiring": (
        # It is looked at 25 minutes after the beginning of time. The Secret has a new one, the edge still shows the old.
        {'rpc_hop_certificate_expiry_timestamp_seconds{process="gateway",instance="a"}': f"{90 * 86400}x60",
         'gateway_edge_certificate_expiry_timestamp_seconds{process="gateway",instance="a"}': f"{7 * 86400 + 1500} {90 * 86400} " * 30,
         'gateway_edge_certificate_expiry_timestamp_seconds{process="gateway",instance="b"}': "Inf " * 60},
        # On one machine nobody shows any.
        {'rpc_hop_certificate_expiry_timestamp_seconds{process="risk"}': f"{30 * 86400}x60",
         'rpc_hop_certificate_expiry_timestamp_seconds{process="review"}': "Inf " * 60,
         'gateway_edge_certificate_expiry_timestamp_seconds{process="gateway"}': "Inf " * 60},
        {"process": "edge", "subject": "edge"},
        "edge 的内部证书将在 7d 0h 0m 0s 后到期",
        "The certificate that edge shows to the others of the house expires in 7d 0h 0m 0s"),
    "TokenKeysStale": (
        {'gateway_token_keys_age_seconds{process="gateway"}': "4000x60"},
        {'gateway_token_keys_age_seconds{process="gateway"}': "300x60"},
        {"process": "gateway"},
        "网关一小时未能取得身份提供方的公钥，换钥后人员将无法登录",
        "The gateway has not got the identity provider's keys for an hour; once they change nobody gets in"),
    "FilesRunningOut": (
        {'process_open_fds{job="qinglian",process="risk"}': "900x60",
         'process_max_fds{job="qinglian",process="risk"}': "1000x60"},
        {'process_open_fds{job="qinglian",process="risk"}': "100x60",
         'process_max_fds{job="qinglian",process="risk"}': "1000x60"},
        {"process": "risk", "subject": "risk"},
        "risk 的文件描述符已用 90%，用尽后无法接受连接",
        "risk has 90% of its file descriptors open; without any it accepts no connection"),
    "DiskFilling": (
        # It will be full within hours.
        disk("24e9-2e8x60"),
        # One that is rather full, and stays so.
        disk("8e9x60"),
        {"device": "/dev/vda"},
        "磁盘 /dev/vda 仅剩 14.2%，写满后所有服务不能写入", "The disk /dev/vda has 14.2% left; when it is full nothing can be written"),
    "MetricsMissing": (
        {'up{job="qinglian",process="risk"}': "0x60"},
        {'up{job="qinglian",process="risk",instance="a"}': "0x60", 'up{job="qinglian",process="risk",instance="b"}': "1x60"},
        {"job": "qinglian", "process": "risk", "subject": "risk"},
        "收不到 risk 的指标，其告警失明", "There are no metrics of risk; its alarms are blind"),
    "DatabaseDown": (
        {'mysql_up{job="mysql"}': "0x60"}, {'mysql_up{job="mysql"}': "1x60"}, {"job": "mysql"},
        "数据库不应答，所有服务不能读写", "The database does not answer; no service can read or write"),
    "DatabaseConnectionsRunningOut": (
        {'mysql_global_status_threads_connected{job="mysql"}': "90x60",
         'mysql_global_variables_max_connections{job="mysql"}': "100x60"},
        {'mysql_global_status_threads_connected{job="mysql"}': "70x60",
         'mysql_global_variables_max_connections{job="mysql"}': "100x60"},
        {"job": "mysql"}, "数据库连接已用 90%", "90% of the database's connections are taken"),
    "DatabaseSlow": (
        {'mysql_global_status_slow_queries{job="mysql"}': "0+30x60"},
        {'mysql_global_status_slow_queries{job="mysql"}': "0x9 60x50"},
        {"job": "mysql"}, "数据库持续出现慢语句，每秒 1 条", "The database runs 1 slow statements a second"),
    "RectificationOverdue": (
        overdue("supervision_rectification_items_overdue"), not_overdue(), {"division": "3301", "work": "rectification"},
        "杭州市：3 项整改事项逾期未完成", "杭州市: 3 rectification items are overdue"),
    "CasesNotAccepted": (
        overdue("supervision_cases_overdue"), not_overdue(), {"division": "3301", "work": "acceptance"},
        "杭州市：3 件线索逾期未受理", "杭州市: 3 cases were neither accepted nor declined in time"),
    "ObjectionsUndecided": (
        overdue("review_objections_overdue"), not_overdue(), {"division": "3301", "work": "objection"},
        "杭州市：3 件异议逾期未处理", "杭州市: 3 objections were not decided in time"),
    "RiskReviewsOverdue": (
        overdue("risk_reviews_overdue", ',grade="high"'), not_overdue(), {"division": "3301", "work": "risk_review"},
        "杭州市：3 个风险点逾期未复评", "杭州市: 3 risk points were not reviewed in time"),
    "ControlsOverdue": (
        overdue("risk_controls_overdue"), not_overdue(), {"division": "3301", "work": "control"},
        "杭州市：3 项防控措施逾期未落实或未检查", "杭州市: 3 controls were not put into effect or checked in time"),
    "RoundsOverdue": (
        {'review_rounds_overdue{step="notice"}': "1x60", 'review_rounds_overdue{step="submission"}': "0x60"},
        {'review_rounds_overdue{step="notice"}': "0x60", 'review_rounds_overdue{step="submission"}': "0x60"},
        {"step": "notice"},
        "1 个评审轮次公示期满后未作决定", "1 rounds are undecided after the end of the notice"),
}


def promtool_test(alarm, series, expected):
    return {"interval": "30s",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "alert_rule_test": [{"eval_time": "25m", "alertname": alarm, "exp_alerts": expected}]}


class Rules(unittest.TestCase):
    def run_promtool(self, tests):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
            yaml.safe_dump({"rule_files": RULES, "evaluation_interval": "15s", "tests": tests}, file, allow_unicode=True)
            file.flush()
            done = subprocess.run(["promtool", "test", "rules", file.name], check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_finds_nothing_wrong_with_them(self):
        done = subprocess.run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES], check=False,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_alarm_has_a_case_here(self):
        self.assertEqual(sorted(CASES), sorted(ALARMS))

    def test_each_fires_where_it_should_and_says_what_is_wrong(self):
        tests = []
        for alarm, (series, _, labels, chinese, english) in CASES.items():
            rule = ALARMS[alarm]
            said = {"summary": chinese, "summary_en": english, "runbook_url": rule["annotations"]["runbook_url"]}
            tests.append(promtool_test(alarm, series, [
                {"exp_labels": {**rule["labels"], **labels}, "exp_annotations": said}]))
        self.run_promtool(tests)

    def test_each_is_quiet_where_it_should_be(self):
        self.run_promtool([promtool_test(alarm, series, []) for alarm, (_, series, *_) in CASES.items()])

    def test_a_disk_that_is_nearly_full_is_told_though_it_fills_no_further(self):
        said = {"summary": "磁盘 /dev/vda 仅剩 4%，写满后所有服务不能写入",
                "summary_en": "The disk /dev/vda has 4% left; when it is full nothing can be written",
                "runbook_url": ALARMS["DiskFilling"]["annotations"]["runbook_url"]}
        self.run_promtool([promtool_test("DiskFilling", disk("4e9x60"), [
            {"exp_labels": {**ALARMS["DiskFilling"]["labels"], "device": "/dev/vda"}, "exp_annotations": said}])])

    def test_a_name_that_cannot_be_looked_up_keeps_no_alarm_back(self):
        self.run_promtool([promtool_test("RectificationOverdue", {'supervision_rectification_items_overdue{division="3301"}': "1x60"}, [
            {"exp_labels": {"severity": "warning", "audience": "committee", "division": "3301", "work": "rectification"},
             "exp_annotations": {"summary": "3301：1 项整改事项逾期未完成", "summary_en": "3301: 1 rectification items are overdue",
                                 "runbook_url": "deploy/README.md#rectificationoverdue"}}])])

    def test_of_replicas_the_certificate_that_runs_out_first_counts(self):
        series = {f'rpc_hop_certificate_expiry_timestamp_seconds{{process="risk",instance="{instance}"}}': f"{days * 86400 + 1500}x60"
                  for instance, days in (("a", 60), ("b", 3))}
        rule = ALARMS["HopCertificateExpiring"]
        self.run_promtool([promtool_test("HopCertificateExpiring", series, [
            {"exp_labels": {**rule["labels"], "process": "risk", "subject": "risk"},
             "exp_annotations": {"summary": "risk 的内部证书将在 3d 0h 0m 0s 后到期",
                                 "summary_en": "The certificate that risk shows to the others of the house expires in 3d 0h 0m 0s",
                                 "runbook_url": rule["annotations"]["runbook_url"]}}])])

    def test_replicas_that_count_the_same_are_not_added_up(self):
        self.run_promtool([{
            "interval": "1m",
            "input_series": [
                {"series": f'risk_reviews_overdue{{division="3301",grade="{grade}",instance="{instance}"}}', "values": "2x10"}
                for grade in ("high", "low") for instance in "ab"],
            "promql_expr_test": [{
                "expr": 'division:work_overdue:sum{work="risk_review"}', "eval_time": "5m",
                "exp_samples": [{"labels": 'division:work_overdue:sum{division="3301",work="risk_review"}', "value": 4}]}]}])

    def test_each_wakes_the_right_people_for_the_right_reason(self):
        for alarm, rule in ALARMS.items():
            self.assertIn(rule["labels"]["severity"], ("critical", "warning"), alarm)
            self.assertIn(rule["labels"]["audience"], ("operators", "committee"), alarm)
            if rule["labels"]["audience"] == "committee":
                self.assertEqual(rule["labels"]["severity"], "warning", alarm)

    def test_each_has_a_section_in_the_runbook_and_there_are_no_others(self):
        with open(ROOT + "/deploy/README.md", encoding="utf-8") as file:
            runbook = file.read().partition("\n## Alarms\n")[2].partition("\n## ")[0]
        sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", runbook, re.M | re.S))
        self.assertEqual(sorted(sections), sorted(ALARMS))
        for alarm, rule in ALARMS.items():
            self.assertEqual(rule["annotations"]["runbook_url"], "deploy/README.md#" + alarm.lower())
            for part in ("**Means.**", "**See.**", "**Do.**"):
                self.assertIn(part, sections[alarm], alarm)


if __name__ == "__main__":
    unittest.main()
