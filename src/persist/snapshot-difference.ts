/** What two snapshots of a store hold differently. */
import { differenceBetween, type SpaceDifference } from "../environment/version-difference.js";
import type { Disk } from "./disk.js";
import { assertByteOrder } from "./format.js";
import { type SnapshotChoice, withImages } from "./load-image.js";
import { PartialImage } from "./partial-image.js";

/**
 * Compares snapshots by the atoms of all their spaces; what the store holds now where none is given. Throws `ERR_STORE_DAMAGED`,
 * `ERR_STORE_VERSION`, `ERR_INVALID_ARGUMENT`. Cost: reading the pages that one of them has, and the symbols.
 */
export async function differenceOf(
  disk: Disk,
  before: SnapshotChoice | undefined,
  after: SnapshotChoice | undefined,
): Promise<SpaceDifference[]> {
  assertByteOrder();
  return withImages(disk, [before, after], ([one, other]) => {
    // What is on the disk now, with its log, is later than any snapshot.
    const isReversed =
      before === undefined || (after !== undefined && one!.record.id > other!.record.id);
    const earlier = new PartialImage(isReversed ? other! : one!, null);
    const differences = differenceBetween(
      earlier,
      new PartialImage(isReversed ? one! : other!, earlier),
    );
    if (!isReversed) return differences;
    return differences.map(({ space, added, removed }) => ({
      space,
      added: removed,
      removed: added,
    }));
  });
}
