// How values of labels are called in Chinese, by label.
export const words: Record<string, Record<string, string>> = {
  work: {
    rectification: "整改", acceptance: "受理", objection: "异议", risk_review: "风险复评", control: "防控措施",
  },
  grade: { high: "高", medium: "中", low: "低" },
  source: {
    inspection_finding: "检查发现", tip: "举报", warning: "预警", transfer: "移送", superior: "上级交办", patrol: "巡视巡察",
    audit: "审计", objection: "异议", self_report: "主动报告", daily_supervision: "日常监督",
  },
  state: {
    received: "待受理", accepted: "已受理", in_handling: "办理中", pending_decision: "待决定", in_rectification: "整改中",
    pending_closure: "待结案", closed: "已结案", declined: "不受理", issued: "已下发", acknowledged: "已签收", planned: "已计划",
    in_progress: "进行中", pending_verification: "待验收", closed_out: "已销号", reopened: "重新整改", excused: "免予整改",
    draft: "草稿", submitted: "已提交", supplement_requested: "补正中", under_evaluation: "评审中", scored: "已评分",
    shortlisted: "入围", on_notice: "公示中", conferred: "已授予", ineligible: "不合条件", not_selected: "未入选",
    withdrawn: "撤回", disqualified: "取消资格", open: "申报中", submission_closed: "申报截止", evaluating: "评审中",
    scores_locked: "评分锁定", candidates_proposed: "已提候选", notice_ended: "公示期满", decided: "已决定", archived: "已归档",
    cancelled: "取消", active: "有效", suspended: "中止", revoked: "撤销", expired: "到期", locked: "已锁定", retired: "已退出",
    on_hold: "暂停", degraded: "失效",
  },
  check: {
    organ_without_party_body: "机关未设党组织", party_body_without_secretary: "党组织缺书记",
    party_body_without_discipline_commissioner: "党组织缺纪检委员", term_overdue: "任期届满未换届", term_running_out: "任期将满",
    post_vacant: "岗位空缺", letter_unsigned: "责任书未签", appointment_talk_missing: "未作任职谈话",
  },
};
