import { join } from 'node:path'
import type { Endpoint } from '../../gateway/ports/connector.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { type Installation, prepareInstallation } from '../installation/installation.ts'
import { makeSystemKeys } from '../installation/system-keys.ts'
import { countyGrants, writeCountyCatalogue } from './catalogue.ts'

/** 石岛管理区: the county node below the demonstration city, with keys, database and log of its own. */
export const COUNTY_ID = 'guanyi:371082-shidao'
/** What each gateway is registered as at the other. */
const CITY_THERE = 'rc-gateway'
const COUNTY_HERE = 'sd-gateway'

export const countyDir = (cityDir: string): string => join(cityDir, 'county')

export interface Link {
  /** The city's endpoint for asking the county, and the county's for asking the city. */
  toCounty: Endpoint
  toCity: Endpoint
}

/** Makes the two keys with which the gateways ask each other; each is known at the other end only. */
export async function linkGateways(cityDir: string, urls: { city: string; county: string }): Promise<Link> {
  const keyOf = async (system: string, dir: string): Promise<string> => {
    const made = await makeSystemKeys([system], join(dir, 'keys'), join(dir, 'member-keys'))
    return JSON.stringify(made.get(system)?.jwk)
  }
  const [there, here] = await Promise.all([keyOf(CITY_THERE, countyDir(cityDir)), keyOf(COUNTY_HERE, cityDir)])
  return {
    toCounty: { url: urls.county, secret: { key: there } },
    toCity: { url: urls.city, secret: { key: here } },
  }
}

export interface CountyOptions {
  cityDir: string
  /** Owner of the county node's own (existing) database. */
  ownerUrl: string
  toCity: Endpoint
  /** The approval system's project service, which only the county node reaches. */
  projects: Promise<Endpoint>
  /** The city's grants, of which those about the county's datasets hold here too. */
  grants: Promise<readonly Grant[]>
  dataPort: number
  nowMs: number
}

/** A small installation: its own register, the rest from the city; no Redis, which a node of this size can do without. */
export async function prepareCounty(options: CountyOptions): Promise<Installation> {
  const { cityDir, ownerUrl, toCity, projects, dataPort, nowMs } = options
  const stateDir = countyDir(cityDir)
  const catalogDir = join(stateDir, 'catalogs')
  const grants = countyGrants(await options.grants)
  await writeCountyCatalogue(catalogDir, grants)
  return prepareInstallation({
    stateDir,
    ownerUrl,
    redisUrl: null,
    endpoints: projects.then((found) => ({ 'rc-spj-http': found, 'rc-gateway': toCity })),
    gatewayId: COUNTY_ID,
    catalogDir,
    grants,
    dataPort,
    nowMs,
  })
}
