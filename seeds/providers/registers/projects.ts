import { dashed } from '../../population/dates.ts'
import type { Population } from '../../population/types.ts'
import { byMember, indexRows } from '../find.ts'
import type { Registers } from '../types.ts'

/** 行政审批: the investment project platform. */
export function projectRegisters(city: Population): Registers {
  const projects = indexRows(city.projects, ({ code }) => [code])
  return {
    '/project/detail': byMember('xmdm', projects, (project) => ({
      xmdm: project.code,
      xmmc: project.name,
      xmdw: city.organisations.get(project.ownerUscc)!.name,
      dwdm: project.ownerUscc,
      lxlx: project.kind,
      hydm: project.industry,
      jsdd: project.location,
      ztz: project.investment,
      slrq: dashed(project.filedOn),
      xmzt: project.state,
    })),
  }
}
