#!/usr/bin/python3
"""What Prometheus shows of an installation that has lived through the year of the demonstration: every query of rules, pages and
dashboards answers, and the pages can be read on a wide screen and on a telephone.
"""

import glob
import json
import math
import os
import re
import sys
import unittest

import yaml

sys.path.insert(0, os.path.realpath(os.path.join(os.path.dirname(__file__), "../../lib")))
from browser import Browser  # noqa: E402
from installation import ROOT, Installation, eventually  # noqa: E402

PAGES = ("work", "platform", "services", "mysql")
WIDTHS = ((1440, 900), (390, 844))
SHOTS = os.environ.get("QINGLIAN_TEST_BINARY_DIR", ROOT + "/build") + "/screenshots"
# Texts that lie upon each other, and what is wider than its place.
FAULTS = """(() => {
  const faults = [], boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    if (!node.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) boxes.push([node, box]);
  }
  for (let i = 0; i < boxes.length; ++i) {
    const [text, a] = boxes[i];
    if (a.right > innerWidth + 1 || a.left < -1) faults.push('beyond the screen: ' + text.data.trim());
    for (let j = i + 1; j < boxes.length; ++j) {
      const [other, b] = boxes[j];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (other !== text && wide > 2 && high > 6) faults.push(text.data.trim() + ' lies upon ' + other.data.trim());
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push('it scrolls sideways');
  for (const section of document.querySelectorAll('section'))
    if (!section.innerText.replace(section.querySelector('h2')?.innerText ?? '', '').trim()) faults.push('empty: ' + section.innerText);
  return faults;
})()"""

LOGGING = ("organization", "risk", "supervision", "review", "gateway")
# What every line has.
LOG_FIELDS = {"time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "severity": "DEBUG|INFO|WARNING|ERROR", "event": ".+"}

NO_METRICS = {"max", "min", "sum", "by", "and", "on", "or", "time", "rate", "increase", "min_over_time", "predict_linear",
              "label_replace", "histogram_quantile"}


def selectors(expression):
    """The metrics that an expression selects, with their matchers."""
    bare = re.sub(r"\b(by|on) \([^)]*\)", "", re.sub(r'(?<=[,(]) *"[^"]*"', "", expression))
    for name, matchers in re.findall(r"([a-z_][a-z0-9_:]*)(\{[^}]*\})?", re.sub(r"\[\w+\]", "", bare)):
        if name not in NO_METRICS:
            yield name + matchers


def log_faults(process, line):
    """How a line of a process's log is another than deploy/README.md says, in a sentence each."""
    try:
        said = json.loads(line)
    except ValueError:
        return [f"no JSON: {line}"]
    faults = [f"no {name}: {line}" for name, form in LOG_FIELDS.items() if not re.fullmatch(form, str(said.get(name)))]
    if said.get("service") != process or not re.fullmatch("[0-9a-f]{32}", said.get("trace_id", 32 * "0")):
        faults.append(f"not of this process, or of no trace: {line}")
    for name, value in said.items():
        if not re.fullmatch("[a-z][a-z0-9_]*", name) or not isinstance(value, (bool, int, float, str)):
            faults.append(f"{name} is no field: {line}")
        if name.endswith("_seconds") and not isinstance(value, (int, float)):
            faults.append(f"{name} is no span of time: {line}")
    return faults


class Year(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = Installation()
        cls.addClassCleanup(cls.house.forget)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        os.makedirs(SHOTS, exist_ok=True)

        def called():  # so that there is a rate of calls of each service
            for collection in ("organizations", "riskPoints", "cases", "titles"):
                done = cls.house.qlctl("--staff_number=DEMO-0021", "list", collection, "--limit=1")
                if done.returncode != 0:
                    raise AssertionError(done.stderr)
            return all(rate > 0 for _, rate in cls.house.query("upstream:gateway_requests:rate5m{upstream!='gateway'}")) and \
                len(cls.house.query("upstream:gateway_requests:rate5m > 0")) >= 5
        # Counts are made once a minute, medians at the start and every ten minutes.
        for service in ("risk", "supervision", "review"):
            os.kill(cls.house.pid(service), 15)
        cls.house.up()
        eventually(lambda: cls.house.query("organization_organizations"), 120, "the counts of organizations")
        eventually(lambda: cls.house.query("supervision_case_close_median_seconds"), 120, "the medians")
        eventually(lambda: len(cls.house.query("division:work_overdue:sum > 0")) == 3, 120, "what is overdue")
        eventually(called, 180, "calls of every service")

    def expect_data(self, expression, where):
        series = self.house.query(expression)
        self.assertTrue(series, f"{where}: no data: {expression}")
        self.assertFalse(any(math.isnan(value) for _, value in series), f"{where}: not a number: {expression}")

    def test_every_target_is_read(self):
        self.assertEqual([labels for labels, value in self.house.query("up") if value != 1], [])
        self.assertEqual(len(self.house.query("up")), 11)

    def test_every_recording_rule_records(self):
        for path in glob.glob(ROOT + "/deploy/prometheus/rules/*.yaml"):
            with open(path, encoding="utf-8") as file:
                for group in yaml.safe_load(file)["groups"]:
                    for rule in group["rules"]:
                        with self.subTest(rule.get("record") or rule["alert"]):
                            if "record" in rule:
                                self.expect_data(rule["expr"], path)
                                continue
                            for selector in selectors(rule["expr"]):
                                self.expect_data(selector, rule["alert"])

    def test_every_query_of_the_dashboards_answers(self):
        for path in glob.glob(ROOT + "/deploy/grafana/dashboards/*.json"):
            with open(path, encoding="utf-8") as file:
                for panel in json.load(file)["panels"]:
                    for target in panel["targets"]:
                        with self.subTest(panel["title"]):
                            self.expect_data(target["expr"], path)

    def test_every_panel_of_the_pages_has_data(self):
        for page in PAGES:
            with self.subTest(page):
                html = self.house.get(f"/consoles/{page}.html")
                self.assertTrue(html.rstrip().endswith("</html>"), html[-500:])
                self.assertEqual(re.findall(r'.{120}class="none"', html, re.S), [])

    def test_every_line_that_a_process_logged_is_of_the_documented_schema(self):
        for process in LOGGING:
            with self.subTest(process), open(f"{self.house.data}/log/{process}.log", encoding="utf-8") as log:
                lines = log.read().splitlines()
                self.assertTrue(lines)
                self.assertEqual([said for line in lines for said in log_faults(process, line)], [])

    def test_no_page_overlaps_scrolls_sideways_or_has_an_empty_panel(self):
        for page in PAGES:
            for width, height in WIDTHS:
                with self.subTest(page=page, width=width):
                    self.browser.open(self.house.url(109, f"/consoles/{page}.html"), width, height)
                    self.browser.screenshot(f"{SHOTS}/{page}-{width}.png")
                    self.assertEqual(self.browser.run(FAULTS), [])

    def test_what_is_overdue_and_where_stands_at_the_top_of_the_first_page(self):
        for width, height in WIDTHS:
            with self.subTest(width):
                self.browser.open(self.house.url(109, "/consoles/work.html"), width, height)
                text, bottom = self.browser.run(
                    "(() => { const top = document.querySelector('#overdue'); "
                    "return [top.innerText, top.getBoundingClientRect().bottom] })()")
                overdue = int(self.house.query("sum(division:work_overdue:sum)")[0][1])
                self.assertRegex(text, rf"(?s)^{overdue}\s.*逾期.*杭州市 {overdue}")
                self.assertLess(bottom, 300)
                self.assertIn("整改", self.browser.run("document.querySelector('#where').innerText"))


if __name__ == "__main__":
    unittest.main()
