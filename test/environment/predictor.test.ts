import { describe, expect, it } from "vitest";
import {
  MarkovPredictor,
  type Predictor,
  RecentPredictor,
} from "../../src/environment/predictor.js";

const predictors: readonly [string, () => Predictor][] = [
  ["what recent forks copied", () => new RecentPredictor()],
  ["a Markov chain", () => new MarkovPredictor()],
];

function predictedOf(predictor: Predictor): number[] {
  return Array.from({ length: 100 }, (_, segment) => segment).filter((it) =>
    predictor.predicts(it),
  );
}

describe.each(predictors)("a predictor by %s", (_name, make) => {
  it("predicts nothing before it has seen a fork, and then what that copied", () => {
    const predictor = make();
    expect(predictedOf(predictor)).toEqual([]);
    predictor.learn([1, 5, 9]);
    expect(predictedOf(predictor)).toEqual([1, 5, 9]);
  });

  it("leaves out what each fork copies somewhere else", () => {
    const predictor = make();
    for (let fork = 0; fork < 60; fork++) predictor.learn([1, 5, 20 + (fork % 20)]);
    expect(predictedOf(predictor)).toEqual([1, 5]);
  });

  it("follows a program that writes elsewhere from now on", () => {
    const predictor = make();
    for (let fork = 0; fork < 30; fork++) predictor.learn([1, 5, 9]);
    for (let fork = 0; fork < 8; fork++) predictor.learn([1, 6, 7]);
    expect(predictedOf(predictor)).toEqual([1, 6, 7]);
  });
});

it("a predictor by recent forks, unlike a chain, sees past a segment that differs each time", () => {
  const [recent, markov] = [new RecentPredictor(), new MarkovPredictor()];
  for (let fork = 0; fork < 60; fork++) {
    for (const predictor of [recent, markov]) predictor.learn([1, 20 + (fork % 20), 2, 3]);
  }
  expect(predictedOf(recent)).toEqual([1, 2, 3]);
  expect(predictedOf(markov)).toEqual([1]);
});
