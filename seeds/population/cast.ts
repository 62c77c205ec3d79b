/**
 * People and organisations with fixed numbers, for samples, the demo and tests. They are in every population, whatever
 * its seed and day, and what is said of each here holds in all registers.
 */

/** 小学生，随父母居住。 */
export const PUPIL = { id: '371099201907120017', name: '测试王小明' } as const
/** 小明的母亲、监护人，名下一套住房（已抵押）。Even sequence: a woman. */
export const GUARDIAN = { id: '371099198803120026', name: '测试张三' } as const
/** 小明的父亲、户主；连续缴费三年。 */
export const FATHER = { id: '371099198605140034', name: '测试王大明' } as const
/** 小明的妹妹，有出生医学证明。 */
export const BABY = { id: '371099202503080025', name: '测试王小雨', birthCertificate: 'T990000001' } as const
/** 夫妻二人名下无房；丈夫恰好连续缴费十二个月，妻子中断一个月。 */
export const HUSBAND = { id: '371099199506200016', name: '测试陈刚' } as const
export const WIFE = { id: '371099199611150022', name: '测试刘芳' } as const
/** 名下五处不动产（其中三套住宅、一处商铺、一个车位）、两辆车。 */
export const HOME_OWNER = { id: '37109919790808002X', name: '测试孙丽' } as const
/** 已退休，累计缴费二十年。 */
export const PENSIONER = { id: '371099197004010029', name: '测试赵秀兰' } as const
/** 肢体二级残疾。 */
export const DISABLED = { id: '371099198409190026', name: '测试周静' } as const
/** 农村低保对象。 */
export const ALLOWANCE_RECEIVER = { id: '37109919580130002X', name: '测试吴桂英' } as const
/** 退役军人。 */
export const VETERAN = { id: '371099199307220014', name: '测试郑强' } as const
/** 企业法定代表人。 */
export const LEGAL_REPRESENTATIVE = { id: '371099197502110014', name: '测试钱进' } as const
/** 欠税企业的法定代表人。 */
export const DEBTOR = { id: '371099198012030016', name: '测试冯亮' } as const
/** Well formed, in no register. */
export const NOBODY = { id: '371099197707070095', name: '测试查无此人' } as const

/** 存续企业，纳税信用 A 级，王大明、陈刚的单位。 */
export const COMPANY = { id: '91371082PDY1000107', name: '测试荣成海韵水产食品有限公司' } as const
/** 存续企业，有欠税，不能注销；刘芳的单位。 */
export const COMPANY_IN_ARREARS = { id: '91371082PDY1000294', name: '测试荣成远帆物流有限公司' } as const
/** Well formed, in no register. */
export const NO_COMPANY = { id: '91371082PDY999994A', name: '测试查无此企业' } as const
/** 小明就读的学校。 */
export const SCHOOL = { id: '12371082PDY2000112', name: '测试荣成市第一实验小学' } as const
/** 小雨出生的医院。 */
export const HOSPITAL = { id: '12371082PDY200118D', name: '测试荣成市人民医院' } as const

/** 张三的住房。 */
export const GUARDIAN_HOME = {
  unit: '371082001001GB00001F00010001',
  certificate: '鲁（2019）荣成市不动产权第9000001号',
} as const
export const FAMILY_CAR = { plate: '鲁KCSA00', vin: '0TSTEST19T0000001' } as const
export const PROJECT = { code: '2601-371082-04-01-900001', name: '测试海产品冷链加工项目' } as const
export const NO_PROJECT = { code: '2601-371082-04-01-999999' } as const

/** 经办人，按单位。 */
export const OPERATORS = {
  education: { id: 'jyj-0231', name: '测试李四', unit: '义务教育科', assurance: 'asserted' },
  approval: { id: 'spj-0107', name: '测试何敏', unit: '综合受理科', assurance: 'asserted' },
  civil: { id: 'mzj-0088', name: '测试许静', unit: '社会救助科', assurance: 'asserted' },
  land: { id: 'zrzy-0415', name: '测试宋涛', unit: '不动产登记中心', assurance: 'asserted' },
} as const

/** The city the cast lives in, whatever else is generated. */
export const CAST_IDS: readonly string[] = [
  PUPIL,
  GUARDIAN,
  FATHER,
  BABY,
  HUSBAND,
  WIFE,
  HOME_OWNER,
  PENSIONER,
  DISABLED,
  ALLOWANCE_RECEIVER,
  VETERAN,
  LEGAL_REPRESENTATIVE,
  DEBTOR,
].map((member) => member.id)
