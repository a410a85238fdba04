// Loaded by Grafana as an AMD module; react and @grafana/data are Grafana's own.
define(["react", "@grafana/data"], function (React, data) {
  "use strict";

  const h = React.createElement;

  // One row per numeric field of the query's result: its name and its last value.
  function rows(panelData) {
    return panelData.series
      .flatMap((frame) =>
        frame.fields
          .filter((field) => field.type === data.FieldType.number)
          .map((field) => ({
            name: data.getFieldDisplayName(field, frame, panelData.series),
            value: field.values[field.values.length - 1],
          }))
      )
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  function StatusPanel(props) {
    const services = rows(props.data);
    const style = { width: props.width, height: props.height, overflow: "auto" };
    if (services.length === 0) {
      return h("p", { style }, "No data");
    }
    return h(
      "div",
      { style },
      h(
        "table",
        { style: { width: "100%" } },
        h(
          "tbody",
          null,
          services.map(({ name, value }) =>
            h("tr", { key: name }, h("td", null, name), h("td", null, value > 0 ? "✔ up" : "✘ down"))
          )
        )
      )
    );
  }

  return { plugin: new data.PanelPlugin(StatusPanel) };
});
