//! Words that tell what a line of a card is.

/// Ends of departments, longest first.
pub(super) const DEPARTMENTS: [&str; 27] = [
    "事業本部", "事業部", "営業所", "研究所", "センター", "グループ", "チーム", "ユニット", "本部", "支社", "支店",
    "総務", "部門", "部", "課", "室", "局", "係", "division", "department", "dept.", "group", "team", "unit",
    "office", "headquarters", "branch",
];

/// Japanese titles, longest first: a line or a word that ends so is one.
pub(super) const TITLES: [&str; 45] = [
    "代表取締役社長", "代表取締役会長", "代表取締役", "取締役社長", "常務執行役員", "専務執行役員", "専務取締役", "常務取締役",
    "執行役員", "社外取締役", "取締役", "監査役", "副社長", "社長", "副会長", "会長", "本部長", "事業部長", "副部長", "部長代理",
    "次長", "部長", "課長補佐", "課長代理", "課長", "係長", "室長", "支社長", "支店長", "所長", "店長", "局長", "主任", "主査", "主事",
    "参事", "顧問", "理事", "マネージャー", "マネジャー", "リーダー", "ディレクター", "エンジニア", "コンサルタント", "代表",
];

/// English titles, as words of a line.
pub(super) const ENGLISH_TITLES: [&str; 30] = [
    "president", "ceo", "cto", "cfo", "coo", "cmo", "cio", "chairman", "founder", "co-founder", "director", "manager",
    "engineer", "officer", "executive", "head", "vice", "vp", "lead", "leader", "consultant", "analyst", "architect",
    "designer", "developer", "representative", "partner", "specialist", "supervisor", "associate",
];

/// English words of addresses.
pub(super) const STREETS: [&str; 24] = [
    "street", "st.", "avenue", "ave.", "ave", "road", "rd.", "boulevard", "blvd", "blvd.", "drive", "dr.", "lane", "suite",
    "floor", "fl.", "building", "bldg.", "bldg", "tower", "japan", "usa", "square", "plaza",
];

/// What stands before a number, in lower case.
pub(super) const FAX_LABELS: [&str; 3] = ["fax", "ファックス", "ファクス"];
pub(super) const MOBILE_LABELS: [&str; 5] = ["mobile", "携帯", "cell", "mob", "m:"];
pub(super) const PHONE_LABELS: [&str; 9] = ["tel", "phone", "電話", "代表", "直通", "direct", "t:", "p:", "内線"];
