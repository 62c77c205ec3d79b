/**
 * More of the cast (`cast.ts`): who fits the forms that nobody of the scenes fits. Fixed numbers, in every population,
 * whatever its seed and day.
 */

/** 农村低保户五口之家，自有一处房屋：户主有过两年职工养老保险；老大、老二读高中、初中，老三一级残疾，老四上幼儿园。 */
export const FARMER = { id: '371099198004150317', name: '测试马建国' } as const
export const FARMER_WIFE = { id: '37109919820909032X', name: '测试徐兰' } as const
export const SENIOR_PUPIL = { id: '371099200903120349', name: '测试马小英' } as const
export const JUNIOR_PUPIL = { id: '371099201201180333', name: '测试马小军' } as const
export const DISABLED_CHILD = { id: '371099201806050355', name: '测试马小海' } as const
export const KINDERGARTNER = { id: '371099202207200360', name: '测试马小花' } as const
/** 户主的母亲，八十岁以上。 */
export const ELDER = { id: '371099194302030382', name: '测试孙玉珍' } as const

/** 企业退休后亡故，户口尚未注销，留有一套住房；遗属是妻子和儿子。 */
export const LATE_RETIREE = { id: '371099196006110416', name: '测试韩建业' } as const
export const WIDOW = { id: '37109919620816042X', name: '测试丁秀芝' } as const
export const HEIR = { id: '371099199103220434', name: '测试韩志远' } as const
/** 失业期间亡故，公积金账户未销户；遗属是妻子。 */
export const LATE_WORKER = { id: '371099197509050456', name: '测试于海' } as const
export const WORKER_WIDOW = { id: '371099197707110464', name: '测试姜梅' } as const

/** 满六十岁，养老保险和公积金缴存到退休当月。 */
export const RETIREE = { id: '371099196605120472', name: '测试孔祥云' } as const
/** 失业登记中，大学毕业，未婚。 */
export const JOBLESS = { id: '371099198802230485', name: '测试陶静' } as const
/** 当年毕业的大学生，刚就业。 */
export const GRADUATE = { id: '371099200404160493', name: '测试姚远' } as const
/** 执业医师，诊所负责人。 */
export const DOCTOR = { id: '371099198007090516', name: '测试曹文' } as const
/** 执业药师，药房负责人。 */
export const PHARMACIST = { id: '371099198509280520', name: '测试石慧' } as const
/** 其余五家单位的法定代表人。 */
export const MANAGER = { id: '371099197203030532', name: '测试蒋海涛' } as const

/** 已清税、已注销税务登记，正在注销的企业和分公司。 */
export const EXITING = { id: '91371082PDY100037Y', name: '测试荣成旧港渔具有限公司' } as const
export const BRANCH = { id: '91371082PDY100045R', name: '测试荣成海韵水产食品有限公司崖头分公司' } as const
export const DEVELOPER = { id: '91371082PDY100053L', name: '测试荣成安居房地产开发有限公司' } as const
export const BUILDER = { id: '91371082PDY100061F', name: '测试荣成筑安建筑工程有限公司' } as const
export const BANK = { id: '91371082PDY10007X7', name: '测试银行荣成支行' } as const
export const CLINIC = { id: '91371082PDY1000887', name: '测试荣成康宁诊所有限公司' } as const
export const PHARMACY = { id: '91371082PDY1000962', name: '测试荣成仁和大药房有限公司' } as const
/** 与生成的学校同号：马家两个孩子就读。 */
export const JUNIOR_SCHOOL = { id: '12371082PDY200046L' } as const
export const SENIOR_SCHOOL = { id: '12371082PDY200062A' } as const

export const FORM_CAST_IDS: readonly string[] = [
  FARMER,
  FARMER_WIFE,
  SENIOR_PUPIL,
  JUNIOR_PUPIL,
  DISABLED_CHILD,
  KINDERGARTNER,
  ELDER,
  LATE_RETIREE,
  WIDOW,
  HEIR,
  LATE_WORKER,
  WORKER_WIDOW,
  RETIREE,
  JOBLESS,
  GRADUATE,
  DOCTOR,
  PHARMACIST,
  MANAGER,
].map(({ id }) => id)
