import { COMPANY, COMPANY_IN_ARREARS, PROJECT } from '../../population/cast.ts'
import { addYears, dashed } from '../../population/dates.ts'
import type { Organisation, Population } from '../../population/types.ts'
import type { Licence } from './types.ts'

const APPROVAL = '测试荣成市行政审批服务局'

/** Licences of one organisation: its business licence, and permits by what its business scope says. */
export function* organisationLicences(organisation: Organisation, city: Population): Iterable<Licence> {
  const { uscc: holderNumber, establishedOn, scope, address, status } = organisation
  const legalRepresentative = city.people.get(organisation.legalRepresentativeId)?.name ?? null
  const serial = holderNumber.slice(9, 16)
  const permit = (
    typeCode: string,
    number: string,
    years: number | null,
    face: Licence['face'],
    /** Years before today. */
    ago = 2,
  ): Licence => {
    const issuedOn = addYears(city.today, -ago)
    return {
      typeCode,
      number,
      holderNumber,
      issuer: APPROVAL,
      issuedOn,
      validUntil: years === null ? null : addYears(issuedOn, years),
      face,
    }
  }

  if (['company', 'sole-trader', 'cooperative'].includes(organisation.kind)) {
    yield {
      typeCode: '033',
      number: `37108220${serial}`,
      holderNumber,
      issuer: '测试荣成市市场监管局',
      issuedOn: establishedOn,
      validUntil: organisation.termUntil,
      ...(status === '4' && { state: '05' as const }),
      face: {
        legalRepresentative,
        registeredCapital: organisation.registeredCapital,
        address,
        scope,
        establishedOn: dashed(establishedOn),
      },
    }
  }
  if (scope.includes('食品生产')) {
    yield permit('034', `SC1019${serial}`, 5, { productionAddress: address, foodCategories: '水产制品' })
  }
  if (/食品(销售|经营)|餐饮|零售/.test(scope) || holderNumber === COMPANY.id) {
    yield permit('035', `JY1371082${serial}`, 5, {
      businessAddress: address,
      businessKind: '食品销售经营者',
      businessItems: '预包装食品销售',
    })
  }
  if (holderNumber === COMPANY.id) {
    // 海韵公司的卫生许可证已过期
    yield permit('050', `建字第371082${serial}号`, null, {
      projectName: PROJECT.name,
      location: '山东省荣成市石岛管理区测试工业园1号',
      scale: '18600平方米',
    })
    yield permit('041', `荣卫公字${serial}`, 4, { businessAddress: address, permittedItems: '公共浴室' }, 6)
  }
  if (holderNumber === COMPANY_IN_ARREARS.id) {
    // 远帆公司的食品经营许可证已被撤销
    const revoked = permit('035', `JY1371082${serial}`, 5, {
      businessAddress: address,
      businessKind: '食品销售经营者',
      businessItems: '预包装食品销售',
    })
    yield { ...revoked, state: '07' }
  }
  if (scope.includes('药品')) {
    yield permit('036', `鲁DA631${serial}`, 5, {
      businessAddress: address,
      businessScope: '处方药；非处方药',
      qualityHead: legalRepresentative,
    })
  }
  if (scope.includes('房地产开发')) {
    yield permit('044', `鲁房开${serial}`, 3, { qualificationLevel: '二级', legalRepresentative })
  }
  if (organisation.kind === 'hospital') {
    yield permit('040', `PDY${serial}371082`, 15, {
      institutionKind: '综合医院',
      departments: '内科；外科；妇产科；儿科',
      beds: 300,
    })
  }
  if (/建筑|施工|装饰/.test(scope)) {
    yield permit('043', `D337${serial}`, 5, { qualificationKind: '建筑工程施工总承包三级', legalRepresentative })
    yield permit('042', `鲁JZ安许证字${serial}`, 3, { permittedScope: '建筑施工', principal: legalRepresentative })
  }
}
