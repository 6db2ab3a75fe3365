// Draws each <figure data-chart> with ECharts from the JSON it carries; the table beside it stays.
(() => {
  "use strict";
  const token = (name) => {
    // Resolved by the browser, so that light-dark() and the theme are honored.
    const probe = document.createElement("i");
    probe.hidden = true;
    probe.style.setProperty("color", `var(--${name})`);
    document.body.append(probe);
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color;
  };
  const resolve = (value) => {
    if (typeof value === "string") return /^@[\w-]+$/.test(value) ? token(value.slice(1)) : value;
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
    }
    return value;
  };
  const language = document.documentElement.lang || "en";
  const formatter = (kind, currency) => {
    const digits = { maximumFractionDigits: 2 };
    if (kind === "percent") {
      const format = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
      return (value) => format.format(value);
    }
    if (kind === "money" && currency) {
      const format = new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 2 });
      const scale = 10 ** format.resolvedOptions().minimumFractionDigits;
      return (value) => format.format(value / scale);
    }
    const format = new Intl.NumberFormat(language, digits);
    return (value) => (typeof value === "number" ? format.format(value) : (value ?? "–"));
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const axis = (given, colors, format, which) => {
    if (!given) return given;
    const list = Array.isArray(given) ? given : [given];
    return list.map((one) => ({
      nameLocation: which === "y" ? "end" : "middle",
      nameGap: which === "y" ? 12 : 28,
      ...one,
      axisLine: { lineStyle: { color: colors.line }, ...one.axisLine },
      axisTick: { show: false, ...one.axisTick },
      splitLine: { lineStyle: { color: colors.line }, show: one.type !== "category", ...one.splitLine },
      nameTextStyle: { color: colors.muted, ...(which === "y" ? { align: "left" } : {}), ...one.nameTextStyle },
      axisLabel: {
        color: colors.muted,
        hideOverlap: true,
        ...(one.type === "value" && format ? { formatter: format } : {}),
        ...one.axisLabel,
      },
    }));
  };

  // A cell's figure is written light on dark cells and dark on light ones.
  const legible = (data, map, color) => {
    const [ink, paper] = [color("ink"), color("accent-ink")];
    return data.map((value) => ({ value, label: { color: value[2] > 0.7 * (map?.max ?? 1) ? paper : ink } }));
  };

  const themed = (data) => {
    const colors = { ink: token("ink"), muted: token("muted"), line: token("line"), raised: token("raised") };
    const option = resolve(data.option);
    const kind = option.format || (data.formats || []).find((one) => one) || "";
    delete option.format;
    const format = formatter(kind, data.currency);
    const cells = !option.series.some((series) => series.type === "heatmap");
    const named = option.series.filter((series) => series.name).length > 1;
    const titled = [].concat(option.yAxis || []).some((one) => one.name);
    const flat = option.yAxis && option.yAxis.type === "category";
    return {
      animation: !still.matches,
      animationDuration: 240,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colors.ink },
      color: ["accent", "seg-2", "seg-4", "seg-3", "seg-6", "seg-5", "seg-7"].map(token),
      grid: { left: 4, right: 20, top: (named ? 32 : 8) + (titled ? 20 : 4), bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" },
      aria: { enabled: true, decal: { show: named && option.series.some((one) => one.type === "bar") } },
      ...(named ? { legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: colors.ink }, data: option.series.map((one) => one.name).filter(Boolean) } } : {}),
      ...option,
      tooltip: {
        renderMode: "richText",
        confine: true,
        trigger: option.xAxis && cells && option.series.every((one) => one.type !== "scatter") ? "axis" : "item",
        axisPointer: { type: "line", lineStyle: { color: colors.muted } },
        backgroundColor: colors.raised,
        borderColor: colors.line,
        textStyle: { color: colors.ink, fontSize: 12 },
        valueFormatter: (value) => format(Array.isArray(value) ? value[value.length - 1] : value),
        ...option.tooltip,
      },
      xAxis: axis(option.xAxis, colors, flat ? format : null, "x"),
      yAxis: axis(option.yAxis, colors, flat ? null : format, "y"),
      series: option.series.map((series) => ({
        ...series,
        ...(series.type === "heatmap" ? { data: legible(series.data, option.visualMap, token) } : {}),
        ...(series.type === "heatmap"
          ? {
              itemStyle: { borderColor: token("surface"), borderWidth: 2, borderRadius: 3, ...series.itemStyle },
              label: { formatter: (cell) => format(cell.value[2]), fontSize: 11, ...series.label },
            }
          : {}),
        ...(series.type === "sankey"
          ? { label: { color: colors.ink, ...series.label }, lineStyle: { color: "source", opacity: 0.3, ...series.lineStyle }, left: 0, right: 120 }
          : {}),
        ...(series.type === "bar" ? { itemStyle: { borderRadius: 2, ...series.itemStyle } } : {}),
      })),
    };
  };

  const draw = (figure) => {
    const canvas = figure.querySelector("[data-chart-canvas]");
    const source = figure.querySelector("script[type='application/json']");
    if (!canvas || !source || !window.echarts) return;
    let chart = window.echarts.getInstanceByDom(canvas);
    if (!chart) {
      // An empty canvas is not displayed, so it has no height until something is in it.
      if (!canvas.firstChild) canvas.append(document.createElement("i"));
      chart = window.echarts.init(canvas, null, { renderer: "svg" });
      new ResizeObserver(() => chart.resize()).observe(canvas);
    }
    chart.setOption(themed(JSON.parse(source.textContent)), true);
  };
  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("amity:theme", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  document.addEventListener("htmx:after:swap", drawAll);
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("[data-chart-table]").forEach((table) => (table.open = true));
  });
  drawAll();
})();
