/**
 * `oxbow/browser`: the names of the package for a page and its workers: all but stores, which are files, and what a page lacks for
 * threads. The build makes of it an ECMAScript module that needs nothing else.
 */
import "./platform/browser/dispose.js";

export { type ErrorCode, type ErrorDetails, OxbowError } from "./base/errors.js";
export type { WaitOptions } from "./base/wait-options.js";
export type { Extent, RowSegmentShape } from "./containers/rows-shape.js";
export type { Bindings } from "./environment/answers.js";
export {
  Environment,
  type MatchOptions,
  type UnionOptions,
} from "./environment/environment.js";
export type { StateConflict } from "./environment/handle.js";
export type { EnvironmentShape, IndexShape, RelationShape } from "./environment/inspection.js";
export type { Bounds } from "./environment/interval.js";
export type { Observer } from "./environment/observer.js";
export type {
  Explanation,
  PatternReport,
  RelationAccess,
} from "./environment/query-explanation.js";
export type { InSpace, SearchOptions } from "./environment/question.js";
export { SharedEnvironment } from "./environment/shared.js";
export type { SpaceDifference } from "./environment/version-difference.js";
export type { EvaluateOptions } from "./eval/evaluator/evaluator.js";
export {
  type Answer,
  NOT_REDUCIBLE,
  type Operation,
  type OperationContext,
  OperationError,
  type OperationFailure,
  type OperationOptions,
  type OperationResult,
  operation,
} from "./eval/host/operation.js";
export type { Permissions } from "./eval/host/permissions.js";
export { errorAtom, isError } from "./eval/language/error-atom.js";
export { Library } from "./eval/library/library.js";
export type { Limits, StopReason } from "./eval/limits/limits.js";
export type { Host } from "./eval/machine/evaluation-context.js";
export type { Evaluation } from "./eval/program/evaluation.js";
export type { RunOutcome } from "./eval/program/program.js";
export type { CollectionReport, CollectorStats } from "./memory/collecting.js";
export { type ExhaustionDetails, HeapExhaustedError } from "./memory/exhausted.js";
export { Heap, type HeapOptions } from "./memory/heap.js";
export type { RegionReport, RegionTrace } from "./memory/region-net.js";
export type { Scope } from "./memory/scope.js";
export type { SharedHandle } from "./memory/shared-handle.js";
export type { HeapStats } from "./memory/stats.js";
export type { ThreadCounters } from "./parallel/board.js";
export type { Results } from "./parallel/branch-results.js";
export {
  type EvaluatorOptions,
  type EvaluatorParts,
  evaluate,
  evaluateAsync,
  evaluateStream,
  LanguageEvaluator as Evaluator,
  type RunProgramOptions,
  runProgram,
  runProgramSync,
} from "./parallel/language-evaluator.js";
export { EvaluatorPool } from "./parallel/late-pool.js";
export { parallelLibrary as standardLibrary } from "./parallel/library.js";
export type { BranchOutcome, BranchStatus } from "./parallel/outcome.js";
export type {
  BlockingOptions,
  CallAnswer,
  CallOptions,
  MapOptions,
  OnBranch,
  StreamedBranch,
} from "./parallel/pool-call.js";
export type { PoolObserver } from "./parallel/pool-observer.js";
export type { PoolOptions, ResourceLimits } from "./parallel/pool-options.js";
export type { PoolStats } from "./parallel/pool-stats.js";
export type { ProgramRun, RunOptions, RunSummary } from "./parallel/run-program.js";
export { missingForThreads } from "./platform/browser/requirements.js";
export type {
  Atom,
  BooleanAtom,
  Expression,
  FloatAtom,
  HostAtom,
  HostBehavior,
  IntegerAtom,
  MatchSolution,
  OperationAtom,
  SpaceAtom,
  StateAtom,
  StringAtom,
  SymbolAtom,
  Variable,
} from "./term/atom.js";
export {
  alphaEqual,
  boolean,
  equal,
  expression,
  float,
  integer,
  type PrintOptions,
  print,
  string,
  symbol,
  toValue,
  variable,
} from "./term/checked.js";
export {
  isAtom,
  isBoolean,
  isExpression,
  isFloat,
  isHost,
  isInteger,
  isNumber,
  isOperation,
  isSpace,
  isState,
  isString,
  isSymbol,
  isVariable,
} from "./term/guards.js";
export { type HostAtomOptions, hostAtom } from "./term/host-atom.js";
export { type ParseOptions, type ProgramItem, parse, parseAtom } from "./term/parser.js";
export type { ShowState } from "./term/printer.js";
export { type AtomLike, atom, atoms, expressionOf, toAtom } from "./term/template.js";
