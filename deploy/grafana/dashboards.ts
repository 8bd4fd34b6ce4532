// The four dashboards, as one JSON object by name; deploy/grafana/build writes a file of each.
import { answers, bars, board, late, lines, number, rows } from "./panels";

const named = "* on (division) group_left (display_name) max by (division, display_name) (organization_division_info)";

const work = board("qinglian-work", "清廉 · 全省工作 The work of the province", "What is overdue and where comes first.")
  .withPanel(number("逾期合计 Overdue", "sum(division:work_overdue:sum)", { thresholds: late }))
  .withPanel(
    bars("逾期事项 What is overdue", "sum by (work) (division:work_overdue:sum)", "work", { thresholds: late, span: 9, height: 7 }),
  )
  .withPanel(
    bars("逾期在哪里 Where", `sort_desc(sum by (display_name) (division:work_overdue:sum ${named}))`, "display_name", {
      thresholds: late, span: 9, height: 10,
    }),
  )
  .withPanel(
    rows("逾期明细 By division and kind", `sum by (display_name, work) (division:work_overdue:sum ${named})`, {
      display_name: "地区 Division", work: "事项 Work", Value: "逾期 Overdue",
    }, { thresholds: late }),
  )
  .withPanel(lines("逾期走势 Overdue over time", "sum by (work) (division:work_overdue:sum)", "work"))
  .withPanel(bars("风险点等级 Risk points by grade", "sum by (grade) (max by (division, grade, state) (risk_points))", "grade"))
  .withPanel(bars("防控措施 Controls", "sum by (state) (max by (division, state) (risk_controls))", "state"))
  .withPanel(bars("线索状态 Cases by state", "sum by (state) (max by (source, state) (supervision_cases_by_source))", "state"))
  .withPanel(bars("线索来源 Cases by source", "sum by (source) (max by (source, state) (supervision_cases_by_source))", "source"))
  .withPanel(
    bars("整改事项 Rectification items", "sum by (state) (max by (division, state) (supervision_rectification_items))", "state"),
  )
  .withPanel(
    bars("整改完成率 Share of items done", `max by (display_name) (division:rectification_done:ratio ${named})`, "display_name", {
      unit: "percentunit",
    }),
  )
  .withPanel(
    bars("线索办结时长中位数 Median time to close a case",
      `max by (display_name) (max by (division) (supervision_case_close_median_seconds) ${named})`, "display_name", { unit: "s" }),
  )
  .withPanel(
    bars("整改销号时长中位数 Median time to close an item out",
      `max by (display_name) (max by (division) (supervision_rectification_close_median_seconds) ${named})`, "display_name",
      { unit: "s" }),
  )
  .withPanel(bars("评审轮次 Rounds", "max by (state) (review_rounds)", "state"))
  .withPanel(bars("轮次逾期 Rounds overdue", "max by (step) (review_rounds_overdue)", "step", { thresholds: late }))
  .withPanel(bars("评分表 Score sheets", "max by (state) (review_score_sheets)", "state"))
  .withPanel(bars("申报 Applications", "sum by (state) (max by (division, state) (review_applications))", "state"))
  .withPanel(bars("称号 Titles", "sum by (state) (max by (division, state) (review_titles))", "state"))
  .withPanel(
    number("在册组织 Organizations", "sum(max by (division, kind) (organization_organizations{state='active'}))", { span: 8 }),
  )
  .withPanel(bars("组织缺口 What is missing", "max by (check) (organization_coverage_gaps)", "check"));

const platform = board("qinglian-platform", "清廉 · 平台 Platform", "Does it answer, how fast, and what fails.")
  .withPanel(number("外部访问 Answers callers", "max(probe_success{job='edge-probe'})", { thresholds: answers }))
  .withPanel(number("每秒调用 Calls a second", "sum(upstream:gateway_requests:rate5m)", { unit: "reqps" }))
  .withPanel(
    number("失败率 Failures", "sum(upstream:gateway_failures:rate5m) / sum(upstream:gateway_requests:rate5m)", {
      unit: "percentunit",
    }),
  )
  .withPanel(
    number("证书剩余 Certificate", "min(probe_ssl_earliest_cert_expiry{job='edge-certificate'}) - time()", { unit: "s" }),
  )
  .withPanel(bars("服务状态 Services that serve", "max by (upstream) (gateway_upstream_serving)", "upstream", { thresholds: answers }))
  .withPanel(lines("每秒调用 Calls a second", "upstream:gateway_requests:rate5m", "upstream", { unit: "reqps", span: 8 }))
  .withPanel(lines("失败 Failures a second", "upstream:gateway_failures:rate5m", "upstream", { unit: "reqps", span: 8 }))
  .withPanel(
    lines("最慢百分之一 p99", "histogram_quantile(0.99, upstream_le:gateway_unary_seconds_bucket:rate5m)", "upstream", { unit: "s" }),
  )
  .withPanel(
    lines("半数 p50", "histogram_quantile(0.5, upstream_le:gateway_unary_seconds_bucket:rate5m)", "upstream", { unit: "s" }),
  )
  .withPanel(lines("打开的调用 Open calls", "sum by (upstream) (gateway_open_calls)", "upstream"))
  .withPanel(lines("返回码 Answers by code", "sum by (code) (upstream_code:gateway_requests:rate5m)", "code", { unit: "reqps" }))
  .withPanel(
    rows("订阅落后 Feeds: how far behind", "max by (process, feed) (projection_lag_seconds)", {
      process: "服务 Follower", feed: "订阅 Feed", Value: "落后 Lag",
    }, { unit: "s" }),
  )
  .withPanel(bars("隔离的变更 Quarantined changes", "sum by (process) (projection_quarantined)", "process", { thresholds: late }))
  .withPanel(lines("日志延迟 Journal lag", "max by (process) (journal_lag_seconds)", "process", { unit: "s" }))
  .withPanel(bars("日志主控 Journals with a leader", "max by (process) (journal_leader)", "process", { thresholds: answers }))
  .withPanel(lines("入口连接 Connections to the edge", "sum(haproxy_process_current_connections)", ""))
  .withPanel(
    lines("入口拒绝 Connections refused", "sum(rate(haproxy_frontend_denied_connections_total{proxy='edge'}[5m]))", "", { unit: "cps" }),
  )
  .withPanel(number("身份公钥 Keys fetched", "max(gateway_token_keys_age_seconds)", { unit: "s" }));

const services = board("qinglian-services", "清廉 · 服务 Services", "Each service: calls, errors, waiting, what it takes.")
  .withPanel(lines("每秒调用 Calls a second", "process:rpc_server_requests:rate5m", "process", { unit: "reqps" }))
  .withPanel(
    lines("最慢百分之一 p99", "histogram_quantile(0.99, process_le:rpc_server_handling_seconds_bucket:rate5m)", "process", { unit: "s" }),
  )
  .withPanel(
    lines("排队时间 p99 of waiting", "histogram_quantile(0.99, sum by (process, le) (rate(rpc_server_queue_wait_seconds_bucket[5m])))",
      "process", { unit: "s" }),
  )
  .withPanel(lines("排队 Waiting calls", "sum by (process) (rpc_server_queue_depth)", "process"))
  .withPanel(lines("拒绝 Shed", "process:rpc_server_shed:rate5m", "process", { unit: "reqps" }))
  .withPanel(lines("数据库错误 Database errors", "sum by (process) (rate(database_errors_total[5m]))", "process", { unit: "ops" }))
  .withPanel(
    lines("事务重试 Retries", "sum by (process) (rate(database_transaction_retries_total[5m]))", "process", { unit: "ops" }),
  )
  .withPanel(lines("写入 Changes", "sum by (process) (rate(journal_changes_total[5m]))", "process", { unit: "ops" }))
  .withPanel(
    lines("处理器 CPU", "sum by (process) (rate(process_cpu_seconds_total{job='qinglian'}[5m]))", "process", { unit: "percentunit" }),
  )
  .withPanel(
    lines("内存 Memory", "sum by (process) (process_resident_memory_bytes{job='qinglian'})", "process", { unit: "bytes" }),
  )
  .withPanel(
    lines("文件描述符 Files", "max by (process) (process_open_fds{job='qinglian'} / process_max_fds{job='qinglian'})", "process",
      { unit: "percentunit" }),
  )
  .withPanel(
    rows("定时任务 By the clock: since the last success",
      "time() - max by (process, task) (clock_task_last_success_timestamp_seconds > 0)", {
        process: "服务 Service", task: "任务 Task", Value: "距上次 Ago",
      }, { unit: "s" }),
  )
  .withPanel(bars("最忙的方法 Busiest methods", "topk(12, sum by (method) (rpc_server_requests_total))", "method", { span: 12 }))
  .withPanel(
    rows("版本 What runs", "max by (process, version) (build_info)", { process: "进程 Process", version: "版本 Version", Value: "" }),
  );

const mysql = board("qinglian-mysql", "清廉 · 数据库 MySQL", "Does it answer, and what does it wait for.")
  .withPanel(number("应答 Answers", "max(mysql_up)", { thresholds: answers }))
  .withPanel(number("每秒语句 Statements a second", "sum(rate(mysql_global_status_queries[5m]))", { unit: "ops" }))
  .withPanel(
    number("连接 Connections taken",
      "max(mysql_global_status_threads_connected / mysql_global_variables_max_connections)", { unit: "percentunit" }),
  )
  .withPanel(number("慢语句 Slow, in an hour", "sum(increase(mysql_global_status_slow_queries[1h]))", { thresholds: late }))
  .withPanel(
    lines("语句 Statements", "topk(8, sum by (command) (rate(mysql_global_status_commands_total[5m])))", "command", { unit: "ops" }),
  )
  .withPanel(lines("连接 Connections", "sum(mysql_global_status_threads_connected)", ""))
  .withPanel(lines("正在执行 Running", "sum(mysql_global_status_threads_running)", ""))
  .withPanel(
    lines("行锁等待 Waits for rows", "sum(rate(mysql_global_status_innodb_row_lock_waits[5m]))", "", { unit: "ops" }),
  )
  .withPanel(
    lines("缓存命中 Found in memory",
      "1 - sum(rate(mysql_global_status_innodb_buffer_pool_reads[5m])) / sum(rate(mysql_global_status_innodb_buffer_pool_read_requests[5m]))",
      "", { unit: "percentunit" }),
  )
  .withPanel(lines("同步落盘 Fsyncs", "sum(rate(mysql_global_status_innodb_data_fsyncs[5m]))", "", { unit: "ops" }))
  .withPanel(lines("日志写入 Log written", "sum(rate(mysql_global_status_innodb_os_log_written[5m]))", "", { unit: "Bps" }))
  .withPanel(lines("收 Received", "sum(rate(mysql_global_status_bytes_received[5m]))", "", { unit: "Bps" }))
  .withPanel(lines("发 Sent", "sum(rate(mysql_global_status_bytes_sent[5m]))", "", { unit: "Bps" }));

const all = { work: work.build(), platform: platform.build(), services: services.build(), mysql: mysql.build() };
console.log(JSON.stringify(all));
