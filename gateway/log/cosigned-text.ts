/** What a witness signs: when, and the whole text of the checkpoint. Source: C2SP tlog-cosignature, "Signed message". */
export const cosignedText = (checkpointText: string, timestampSeconds: number): string =>
  `cosignature/v1\ntime ${timestampSeconds}\n${checkpointText}`
