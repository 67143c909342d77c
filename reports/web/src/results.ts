// What results.json holds, as reports/results.schema.json describes it. Every key but the required
// ones may be missing, and other tools may have written it, so nothing else is relied on.

export type Verdict = "pass" | "fail" | "inconclusive" | "error";
export type Direction = "up" | "down";
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface StoryLine {
  source: string;
  text: string;
  process?: string;
  at_ms?: number;
  link?: string;
  direction?: Direction;
  nth?: number;
}

export interface Story {
  kind: string;
  headline: string;
  lines?: StoryLine[];
}

export interface Process {
  program?: string;
  arguments?: string[];
  exit?: Json;
  started_ms?: number | null;
  ended_ms?: number | null;
  metrics?: Record<string, Json>;
  stdout?: string;
  stderr?: string;
}

export interface Achieved {
  asked?: number | null;
  decided?: number | null;
  achieved?: number | null;
  low?: number | null;
  high?: number | null;
}

export interface Counts {
  offered?: number;
  delivered?: number;
  dropped?: number;
  duplicated?: number;
  corrupted?: number;
  reordered?: number;
  undeliverable?: number;
  rebound?: number;
  marked?: number;
  not_capable?: number;
  in_flight?: number;
  dropped_by?: Record<string, number>;
  struck?: Record<string, number>;
  rules?: { rule?: Json; matched?: number; struck?: number }[];
  fidelity?: { loss?: Achieved; delay_ms?: Achieved };
  tcp?: StreamCounts;
}

export interface StreamCounts {
  segments?: number;
  lost?: number;
  retransmitted?: number;
  timeouts?: number;
  stalls?: number;
  longest_stall_ms?: number;
}

export interface Link {
  asked?: Json;
  up?: Counts;
  down?: Counts;
  dropped_by_kernel?: number;
  lateness_ms?: Record<string, number | null>;
}

export interface Client {
  client: string;
  arrival_ms?: number | null;
  start_ms?: number | null;
  end_ms?: number | null;
  waiting_ms?: number | null;
  service_ms?: number | null;
  response_ms?: number | null;
}

export interface Times { mean?: number; p50?: number; p90?: number; p99?: number; max?: number }

export interface Load {
  requests?: number;
  answered?: number;
  gave_up?: number;
  refused?: number;
  failed?: number;
  arrivals_per_s?: number;
  waiting_ms?: Times | null;
  service_ms?: Times | null;
  response_ms?: Times | null;
}

export interface Expectation { what: string; met: boolean; detail?: string }

export interface Deadlock {
  at_ms?: number | null;
  waiting?: { process?: string; for?: string; since_ms?: number | null }[];
  lost?: { process?: string; packet?: string; link?: string; direction?: Direction; flow?: string;
           at_ms?: number | null; why?: string }[];
}

export interface PacketVerdict {
  link?: string;
  direction?: Direction;
  nth?: number;
  flow?: string;
  at_ms?: number | null;
  packet?: string;
  if_lost?: "lost anyway" | "harmless" | "costs" | "fatal";
  cost_ms?: number;
  failure?: string;
}

export interface Run {
  scenario: string;
  title?: string;
  description?: string;
  network: string;
  seed: number | string;
  repeat: number;
  matrix?: Record<string, Json>;
  tags?: string[];
  verdict: Verdict;
  message?: string;
  story?: Story;
  vacuous?: string[];
  known?: string; // why it is known not to pass
  notes?: string[];
  elapsed_ms?: number;
  wall_ms?: number;
  replay?: string;
  folder?: string;
  asked?: Json;
  expectations?: Expectation[];
  interleaving?: number;
  faults?: { fault?: string; process?: string; did?: string; at_ms?: number | null }[];
  deadlock?: Deadlock;
  fault_map?: PacketVerdict[];
  processes?: Record<string, Process>;
  links?: Record<string, Link>;
  waiting?: Client[];
  waiting_left_out?: number;
  load?: Record<string, Load>;
}

export interface Theory {
  scenario: string;
  title?: string;
  network: string;
  matrix?: Record<string, Json>;
  clients: string;
  model: string;
  verdict: "agrees" | "differs" | "inconclusive";
  message: string;
  runs: number;
  waiting_ms: { mean?: number; low?: number | null; high?: number | null };
  theory_ms: number | null;
  utilisation?: number;
  arrivals_per_s?: number;
  service_ms?: number;
}

export interface Comparison {
  scenario?: string;
  matrix?: Record<string, Json>;
  seed?: number | string;
  networks?: string[];
  result?: "agree" | "differ" | "inconclusive";
  packets?: number;
  in_common?: number;
  first_diverging?: string;
  why_inconclusive?: string;
  differences?: { of?: string; what?: string }[];
}

export interface SearchSummary {
  runs?: number;
  failed?: number;
  kinds?: { expected?: string; last_packets?: string; count?: number; seed?: number | string;
            interleaving?: number; combination?: number }[];
}

export interface Results {
  version: number;
  badwire?: string;
  title?: string;
  started?: string;
  wall_ms?: number;
  interrupted?: boolean;
  planned?: number;
  summary?: Record<string, number>;
  runs: Run[];
  theory?: Theory[];
  comparisons?: Comparison[];
  search?: SearchSummary;
}

// A trace as the report carries it: deflated, in base64.
export interface PackedTrace { deflate: string; without_heads: boolean; left_out: boolean }

export interface Fault { link?: string; direction?: Direction; rule?: Json; told?: string }

export interface Certificate {
  scenario?: string;
  matrix?: Record<string, Json>;
  seed?: number | string;
  network?: string;
  faults?: Json[];
  at_most?: number;
  first?: number;
  packets_without_faults?: number;
  certified?: boolean;
  patterns?: number;
  runs?: number;
  runs_that_changed_nothing?: number;
  without?: string[];
  not_expected?: Json[];
  expected?: Json[];
  failure?: string;
  counterexample?: Fault[];
}

// What lies beside results.json, and the folder that they are held against.
export interface Beside {
  traces?: PackedTrace[];
  certificate?: Certificate | null;
  name?: string;
  against?: { name: string; results: Results; traces?: PackedTrace[] };
}
