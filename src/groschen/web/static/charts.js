// Draws each [data-chart] with ECharts. Colours come from the style sheet, so both themes are ours;
// texts come spelled from the server, numbers here only shape the drawing.
"use strict";

(() => {
  const SERIES = [1, 2, 3, 4, 5, 6].map((number) => `gr-series-${number}`);
  const FONT = getComputedStyle(document.body).fontFamily;
  const charts = [];

  function colour(element, name) {
    const probe = document.createElement("span");
    probe.className = name;
    element.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  function palette(element) {
    return {
      ink: colour(element, "gr-chart-ink"),
      soft: colour(element, "gr-chart-soft"),
      line: colour(element, "gr-chart-line"),
      surface: colour(element, "gr-chart-surface"),
      series: SERIES.map((name) => colour(element, name)),
    };
  }

  function tooltip(colours) {
    return {
      renderMode: "richText",
      confine: true,
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { color: colours.ink, fontFamily: FONT, fontSize: 13 },
    };
  }

  function bars(data, colours) {
    return {
      color: colours.series,
      textStyle: { fontFamily: FONT },
      animation: false,
      grid: { left: 8, right: 8, top: 40, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, itemGap: 18, textStyle: { color: colours.soft, fontSize: 13 } },
      tooltip: {
        ...tooltip(colours),
        trigger: "axis",
        axisPointer: { type: "shadow", shadowStyle: { color: colours.line, opacity: 0.4 } },
        formatter: (points) =>
          [points[0].axisValueLabel, ...points.map((point) => `${point.seriesName}  ${point.data.text}`)].join("\n"),
      },
      xAxis: {
        type: "category",
        data: data.days,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colours.line } },
        axisLabel: { color: colours.soft, fontSize: 12, hideOverlap: true },
      },
      yAxis: {
        type: "value",
        splitNumber: 4,
        axisLabel: { color: colours.soft, fontSize: 12, formatter: (value) => value.toLocaleString(document.documentElement.lang) },
        splitLine: { lineStyle: { color: colours.line } },
      },
      series: data.series.map((series, index) => ({
        name: series.name,
        type: "bar",
        stack: "all",
        barMaxWidth: 28,
        itemStyle: index === data.series.length - 1 ? { borderRadius: [4, 4, 0, 0] } : {},
        data: series.values.map((point) => ({ value: Number(point.value), text: point.text })),
      })),
    };
  }

  function flow(data, colours, width) {
    const narrow = width < 560;
    const last = Math.max(...data.nodes.map((node) => node.column));
    const texts = new Map();
    for (const link of data.links) if (!texts.has(link.target)) texts.set(link.target, link.text);
    return {
      textStyle: { fontFamily: FONT },
      animation: false,
      tooltip: {
        ...tooltip(colours),
        formatter: (point) => (point.dataType === "edge" ? `${point.data.from} → ${point.data.to}\n${point.data.text}` : point.data.title),
      },
      series: [
        {
          type: "sankey",
          left: 4,
          right: narrow ? 110 : 190,
          top: 12,
          bottom: 12,
          nodeWidth: 12,
          nodeGap: narrow ? 26 : 18,
          draggable: false,
          layoutIterations: 0,
          label: { color: colours.ink, fontSize: narrow ? 11 : 13, lineHeight: narrow ? 14 : 18, width: narrow ? 100 : 180, overflow: "break" },
          lineStyle: { color: "source", opacity: 0.28, curveness: 0.5 },
          emphasis: { focus: "adjacency", lineStyle: { opacity: 0.5 } },
          data: data.nodes.map((node, index) => ({
            name: node.key,
            title: node.name,
            depth: node.column,
            itemStyle: { color: colours.series[index % colours.series.length], borderWidth: 0 },
            label: { formatter: node.name, position: "right" },
          })),
          links: data.links.map((link) => ({
            source: link.source,
            target: link.target,
            value: Number(link.value),
            text: link.text,
            from: data.nodes.find((node) => node.key === link.source).name,
            to: data.nodes.find((node) => node.key === link.target).name,
          })),
        },
      ],
    };
  }

  function draw(chart) {
    const colours = palette(chart.element);
    const make = { bars, flow }[chart.data.kind];
    chart.drawing.setOption(make(chart.data, colours, chart.element.clientWidth), true);
  }

  for (const element of document.querySelectorAll("[data-chart]")) {
    const drawing = echarts.init(element, null, { renderer: "svg" });
    const chart = { element, drawing, data: JSON.parse(element.dataset.chart) };
    charts.push(chart);
    draw(chart);
    new ResizeObserver(() => {
      drawing.resize();
      draw(chart);
    }).observe(element);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(draw));
})();
