/**
 * A division and every division above it: `371082` → `371082`, `371000`, `370000`; longer codes (street, village)
 * first lead to their county. A grant for 威海市 thus holds for a request from 荣成市, not the other way round.
 *
 * Source: GB/T 2260 (two digits each for province, city, county), GB/T 10114 (three more for the street).
 */
export function divisionChain(division: string | null): string[] {
  if (division === null || !/^\d{6}(\d{3}){0,2}$/.test(division)) return []
  const county = division.slice(0, 6)
  return [...new Set([division, division.slice(0, 9), county, `${county.slice(0, 4)}00`, `${county.slice(0, 2)}0000`])]
}
