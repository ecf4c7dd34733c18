import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { isAlive, type ProcessIdentity, thisProcess } from "../../src/persist/process-identity.js";
import { beginReading, hasReaders, StoreLock } from "../../src/persist/store-lock.js";
import { RecordingDisk } from "./recording-disk.js";

function identity(pid: number): ProcessIdentity {
  return { pid, started: "" };
}

function ifAllowed(act: () => void): void {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ code: "ERR_STORE_LOCKED" });
  }
}

describe("the lock of a store", () => {
  it("is taken over from an owner that has ended, and from one that has freed it", () => {
    const disk = new RecordingDisk();
    const living = new Set([1, 2]);
    const take = (pid: number): StoreLock =>
      StoreLock.take(disk, identity(pid), (owner) => living.has(owner.pid));
    take(1);
    expect(() => take(2)).toThrow(expect.objectContaining({ code: "ERR_STORE_LOCKED" }));
    living.delete(1);
    const second = take(2);
    expect(() => take(3)).toThrow(/process 2/);
    second.free();
    take(3);
    expect(disk.list()).toEqual(["lock-3"]);
  });

  // LK1: whatever others do between any two of its calls, including taking, freeing and ending.
  it("has one owner, wherever one that takes it is overtaken", () => {
    const lives: ((pids: Set<number>, take: (pid: number) => StoreLock) => void)[] = [
      (_pids, take) => void take(2),
      (_pids, take) => take(2).free(),
      (pids, take) => {
        take(2);
        pids.delete(2);
        take(3);
      },
      (_pids, take) => {
        take(2).free();
        take(3).free();
        take(4);
      },
    ];
    for (const [index, live] of lives.entries()) {
      for (let at = 1; at <= 8; at++) {
        const living = new Set([1, 2, 3, 4]);
        const inner = new RecordingDisk();
        const disk = Object.create(inner, {}) as RecordingDisk;
        const owners: number[] = [];
        const takeOn = (on: RecordingDisk, pid: number): StoreLock => {
          const lock = StoreLock.take(on, identity(pid), (owner) => living.has(owner.pid));
          owners.push(pid);
          const free = lock.free.bind(lock);
          lock.free = () => {
            free();
            owners.splice(owners.indexOf(pid), 1);
          };
          return lock;
        };
        StoreLock.take(inner, identity(9), () => false);
        let calls = 0;
        const overtake = (): void => {
          if (++calls === at) ifAllowed(() => live(living, (pid) => takeOn(inner, pid)));
        };
        disk.list = () => {
          overtake();
          return inner.list();
        };
        disk.createExclusive = (name, content) => {
          overtake();
          return inner.createExclusive(name, content);
        };
        disk.open = (name) => inner.open(name);
        disk.remove = (name) => inner.remove(name);
        ifAllowed(() => takeOn(disk, 1));
        const alive = owners.filter((pid) => living.has(pid));
        expect([index, at, alive.length]).toEqual([index, at, 1]);
      }
    }
  });

  it("knows this process, and one that has ended", async () => {
    expect(isAlive(thisProcess())).toBe(true);
    expect(isAlive({ ...thisProcess(), started: "1" })).toBe(process.platform !== "linux");
    const child = spawn(process.execPath, ["-e", "0"]);
    const { pid = 0 } = child;
    await once(child, "exit");
    expect(isAlive(identity(pid))).toBe(false);
  });

  it("counts readers as long as they read, and as their process lives", () => {
    const disk = new RecordingDisk();
    const end = beginReading(disk);
    expect(hasReaders(disk, () => true)).toBe(true);
    end();
    expect(hasReaders(disk, () => true)).toBe(false);
    beginReading(disk);
    expect(hasReaders(disk, () => false)).toBe(false);
    expect(disk.list()).toEqual([]);
  });
});
