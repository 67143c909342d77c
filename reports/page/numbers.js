// Numbers as people read them; a no-break space keeps a unit beside its number.

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

function count(value) {
  return isNumber(value) ? value.toLocaleString("en") : String(value ?? "–");
}

function significant(value, digits = 3) {
  return value.toLocaleString("en", { maximumSignificantDigits: digits });
}

function duration(ms) {
  if (!isNumber(ms)) {
    return "–";
  }
  if (Math.abs(ms) < 1000) {
    return `${significant(ms)}\u00a0ms`;
  }
  if (Math.abs(ms) < 60000) {
    return `${significant(ms / 1000)}\u00a0s`;
  }
  const seconds = Math.round(ms / 1000);
  return `${count(Math.floor(seconds / 60))} min ${seconds % 60} s`;
}

function seconds(ms) {
  return isNumber(ms)
    ? (ms / 1000).toLocaleString("en", { minimumFractionDigits: 3, maximumFractionDigits: 3 })
    : "–";
}

function percent(share) {
  const maximumFractionDigits = share < 0.1 ? 2 : 1;
  return `${(share * 100).toLocaleString("en", { maximumFractionDigits })}\u00a0%`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// 95 % confidence interval of a proportion, after Wilson (1927).
function wilson(hits, trials) {
  const z = 1.959964;
  const share = hits / trials;
  const scale = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / scale;
  const half = (z / scale) *
    Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

// A piece of a scenario in one line: {"constant": "5ms"} reads "constant 5ms".
function inWords(value) {
  if (Array.isArray(value)) {
    return value.map(inWords).join(", ");
  }
  if (value !== null && typeof value === "object") {
    const { model, ...rest } = value;
    const words = Object.entries(rest).map(([key, inner]) => `${key} ${inWords(inner)}`).join(", ");
    return model === undefined ? words : `${inWords(model)} (${words})`;
  }
  return String(value);
}
