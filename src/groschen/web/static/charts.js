// Draws each [data-chart] with ECharts. Colours come from the style sheet, so both themes are ours;
// texts come spelled from the server, numbers here only shape the drawing.
"use strict";

(() => {
  const SERIES = [1, 2, 3, 4, 5, 6].map((number) => `gr-series-${number}`);
  const FONT = getComputedStyle(document.body).fontFamily;
  const END_LABEL = 196; // room for the labels of the last column, in pixels
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
      way: colour(element, "gr-chart-way"),
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

  // A mark on the axis: whole units without decimals.
  function money(value, currency) {
    const decimals = Number.isInteger(value) ? { maximumFractionDigits: 0 } : {};
    return value.toLocaleString(document.documentElement.lang, { style: "currency", currency, ...decimals });
  }

  function bars(data, colours, width) {
    const many = data.series.length > 1;
    const stacked = width < 560;
    const top = !many ? 12 : stacked ? 20 + 24 * data.series.length : 44;
    return {
      color: colours.series,
      textStyle: { fontFamily: FONT },
      animation: false,
      grid: { left: 8, right: 8, top, bottom: 4, containLabel: true },
      legend: { show: many, orient: stacked ? "vertical" : "horizontal", top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, itemGap: 18, textStyle: { color: colours.soft, fontSize: 13 } },
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
        axisLabel: { color: colours.soft, fontSize: 12, formatter: (value) => (data.currency ? money(value, data.currency) : value.toLocaleString(document.documentElement.lang)) },
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

  // Each place has a label of up to three lines; many places make the picture taller.
  function grow(element, data) {
    const places = new Map();
    for (const node of data.nodes) places.set(node.column, (places.get(node.column) ?? 0) + 1);
    element.style.minHeight = `${Math.max(...places.values()) * 84}px`;
  }

  function flow(data, colours, width) {
    const last = Math.max(...data.nodes.map((node) => node.column));
    const gap = (width - END_LABEL) / last - 28;
    const nodes = new Map(data.nodes.map((node) => [node.key, node]));
    const paint = (node) => (node.colour ? colours.series[node.colour - 1] : colours.way);
    return {
      textStyle: { fontFamily: FONT },
      animation: false,
      tooltip: {
        ...tooltip(colours),
        formatter: ({ data: shape }) => shape.title,
      },
      series: [
        {
          type: "sankey",
          left: 2,
          right: END_LABEL,
          top: 14,
          bottom: 30,
          nodeWidth: 10,
          nodeGap: 42,
          draggable: false,
          layoutIterations: 0,
          label: {
            position: "right",
            distance: 8,
            color: colours.ink,
            fontSize: 13,
            lineHeight: 18,
            overflow: "break",
          },
          lineStyle: { opacity: 0.25, curveness: 0.5 },
          emphasis: { focus: "adjacency", lineStyle: { opacity: 0.5 } },
          data: data.nodes.map((node) => ({
            name: node.key,
            title: `${node.name}  ${node.text}`,
            depth: node.column,
            itemStyle: { color: paint(node), borderWidth: 0, borderRadius: 2 },
            label: { formatter: `${node.name}\n${node.text}`, width: node.column < last ? gap : END_LABEL - 20 },
          })),
          links: data.links.map((link) => {
            const [source, target] = [nodes.get(link.source), nodes.get(link.target)];
            return {
              source: link.source,
              target: link.target,
              value: Number(link.value),
              title: `${source.name} → ${target.name}\n${link.text}`,
              lineStyle: { color: paint(source.colour ? source : target) },
            };
          }),
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
    const data = JSON.parse(element.dataset.chart);
    if (data.kind === "flow") grow(element, data);
    const drawing = echarts.init(element, null, { renderer: "svg" });
    const chart = { element, drawing, data };
    charts.push(chart);
    draw(chart);
    new ResizeObserver(() => {
      drawing.resize();
      draw(chart);
    }).observe(element);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(draw));
})();
