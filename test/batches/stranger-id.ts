const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** The n-th of many well-formed numbers of nobody: county 371099 is assigned to no place. Source: GB 11643. */
export function strangerId(n: number): string {
  const day = new Date(Date.UTC(1950, 0, 1) + Math.floor(n / 900) * 86_400_000).toISOString().slice(0, 10)
  const head = `371099${day.replaceAll('-', '')}${String(100 + (n % 900))}`
  const sum = [...head].reduce((total, digit, at) => total + Number(digit) * WEIGHTS[at]!, 0)
  return `${head}${'10X98765432'[sum % 11]}`
}
