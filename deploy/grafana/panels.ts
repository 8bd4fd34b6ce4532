// The kinds of panels that the dashboards are made of.
import { BarGaugeDisplayMode, BigValueColorMode, VizOrientation } from "@grafana/grafana-foundation-sdk/common";
import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { words } from "./words";

// Whoever opens a dashboard chooses which Prometheus.
const source = { type: "prometheus", uid: "${datasource}" };

const legendOf = (label: string) => (label === "" ? "" : `{{${label}}}`);
const range = (expr: string, label: string) =>
  new DataqueryBuilder().expr(expr).legendFormat(legendOf(label)).range().datasource(source).refId("A");
const instant = (expr: string, label: string) =>
  new DataqueryBuilder().expr(expr).legendFormat(legendOf(label)).instant().datasource(source).refId("A");

const steps = (...levels: [number | null, string][]) =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(levels.map(([value, color]) => ({ value, color })));
const plain = steps([null, "blue"]);

/** Green while it is nothing, red from the first on. */
export const late = steps([null, "green"], [1, "red"]);
/** Red while it does not answer. */
export const answers = steps([null, "red"], [1, "green"]);

interface Look {
  unit?: string;
  span?: number;
  height?: number;
  thresholds?: dashboard.ThresholdsConfigBuilder;
}

/** One number. */
export const number = (title: string, expr: string, look: Look = {}) =>
  new stat.PanelBuilder()
    .title(title)
    .datasource(source)
    .withTarget(instant(expr, ""))
    .unit(look.unit ?? "short")
    .thresholds(look.thresholds ?? plain)
    .colorMode(BigValueColorMode.Value)
    .span(look.span ?? 6)
    .height(look.height ?? 4);

/** How it went over time, a line a value of a label. */
export const lines = (title: string, expr: string, label: string, look: Look = {}) =>
  new timeseries.PanelBuilder()
    .title(title)
    .datasource(source)
    .withTarget(range(expr, label))
    .unit(look.unit ?? "short")
    .min(0)
    .span(look.span ?? 12)
    .height(look.height ?? 8);

/** A bar a value of a label, called in Chinese where there is a word for it. */
export const bars = (title: string, expr: string, label: string, look: Look = {}) => {
  const panel = new bargauge.PanelBuilder()
    .title(title)
    .datasource(source)
    .withTarget(instant(expr, label))
    .unit(look.unit ?? "short")
    .min(0)
    .thresholds(look.thresholds ?? plain)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .span(look.span ?? 8)
    .height(look.height ?? 8);
  for (const [name, chinese] of Object.entries(words[label] ?? {})) {
    panel.overrideByName(name, [{ id: "displayName", value: `${chinese} ${name.replace(/_/g, " ")}` }]);
  }
  return panel;
};

/** A row a series, a column a label and one for the number. */
export const rows = (title: string, expr: string, columns: Record<string, string>, look: Look = {}) =>
  new table.PanelBuilder()
    .title(title)
    .datasource(source)
    .withTarget(instant(expr, "").format(PromQueryFormat.Table))
    .withTransformation({
      id: "organize",
      options: { excludeByName: { Time: true }, renameByName: columns },
    })
    .unit(look.unit ?? "short")
    .thresholds(look.thresholds ?? plain)
    .span(look.span ?? 12)
    .height(look.height ?? 10);

/** A dashboard, which any Prometheus can be chosen for. */
export const board = (uid: string, title: string, description: string) =>
  new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["qinglian"])
    .timezone("Asia/Shanghai")
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .readonly()
    .withVariable(new dashboard.DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"))
    .link(
      new dashboard.DashboardLinkBuilder("清廉 Qinglian").type(dashboard.DashboardLinkType.Dashboards).tags(["qinglian"]),
    );
