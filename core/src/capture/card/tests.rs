//! Cards of every client in the test data, and lines as an OCR gives them.

use std::path::Path;

use proptest::prelude::*;

use super::{Card, CardField};

/// Best value of each field that is there.
fn best(card: &Card, fields: &[CardField]) -> Vec<String> {
    fields.iter().map(|field| card.best(*field).unwrap_or("").to_owned()).collect()
}

#[test]
fn files_of_all_clients() {
    use CardField::{Company, Department, Email, Mobile, Name, Phone, Title};
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/webhooks/vcard");
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let fields = [Name, Company, Department, Title, Email, Phone, Mobile];
    let read = |name: &str| Card::of_vcards(&std::fs::read_to_string(folder.join(name)).unwrap());
    for (file, cards, first) in [
        ("John_Doe_ANDROID.vcf", 6, ["", "", "", "", "john.doe@company.com", "", ""]),
        ("John_Doe_BLACK_BERRY.vcf", 1, ["John Doe", "Acme Solutions", "", "", "", "", "+96123456789"]),
        (
            "John_Doe_EVOLUTION.vcf",
            1,
            [
                "Mr. John Richter, James Doe Sr.",
                "IBM",
                "Accounting Dungeon",
                "Money Counter",
                "john.doe@ibm.com",
                "905-555-1234",
                "905-666-1234",
            ],
        ),
        (
            "John_Doe_GMAIL.vcf",
            1,
            [
                "Mr. John Richter, James Doe Sr.",
                "IBM",
                "",
                "Money Counter",
                "john.doe@ibm.com",
                "905-666-1234",
                "905-555-1234",
            ],
        ),
        (
            "John_Doe_MAC_ADDRESS_BOOK.vcf",
            1,
            [
                "Mr. John Richter,James Doe Sr.",
                "IBM",
                "Accounting",
                "Money Counter",
                "john.doe@ibm.com",
                "905-777-1234",
                "905-555-1234",
            ],
        ),
        (
            "John_Doe_MS_OUTLOOK.vcf",
            1,
            [
                "Mr. John Richter James Doe Sr.",
                "IBM",
                "Accounting",
                "Money Counter",
                "john.doe@ibm.cm",
                "(905) 555-1234",
                "",
            ],
        ),
        (
            "outlook-2003.vcf",
            1,
            [
                "John Doe III",
                "Company, The",
                "TheDepartment",
                "The Job Title",
                "jdoe@hotmail.com",
                "BusinessPhone",
                "MobilePhone",
            ],
        ),
        (
            "outlook-2007.vcf",
            1,
            [
                "Mr. Michael Angstadt Jr.",
                "TheCompany",
                "TheDepartment",
                "TheJobTitle",
                "mike.angstadt@gmail.com",
                "(111) 555-1111",
                "(111) 555-4444",
            ],
        ),
        (
            "rfc2426-example.vcf",
            2,
            [
                "Frank Dawson",
                "Lotus Development Corporation",
                "",
                "",
                "Frank_Dawson@Lotus.com",
                "+1-919-676-9515",
                "",
            ],
        ),
        (
            "rfc6350-example.vcf",
            1,
            [
                "Simon Perreault",
                "Viagenie",
                "",
                "",
                "simon.perreault@viagenie.ca",
                "+1-418-656-9254 ext. 102",
                "+1-418-262-6501",
            ],
        ),
        (
            "thunderbird-MoreFunctionsForAddressBook-extension.vcf",
            1,
            [
                "John Doe",
                "TheOrganization",
                "TheDepartment",
                "TheTitle",
                "doe.john@hotmail.com",
                "555-555-1111",
                "555-555-5555",
            ],
        ),
    ] {
        let found = read(file);
        assert_eq!(found.len(), cards, "{file}");
        assert_eq!(best(&found[0], &fields), first, "{file}");
    }
    let android = read("John_Doe_ANDROID.vcf");
    assert_eq!(android[2].best(Name), Some("Ñ Ñ Ñ Ñ Ñ"), "quoted-printable is UTF-8");
}

#[test]
fn telephones_of_japan() {
    let text = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=8E=52=93=63;=91=BE=98=59\r\n\
        SOUND;X-IRMC-N;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=D4=CF=C0=DE;=C0=DB=B3\r\nTEL;CELL:09012345678\r\nEND:VCARD";
    let card = &Card::of_vcards(text)[0];
    assert_eq!(card.best(CardField::Name), Some("山田 太郎"));
    assert_eq!(card.best(CardField::NameKana), Some("ﾔﾏﾀﾞ ﾀﾛｳ"));
    let adr = "BEGIN:VCARD\nVERSION:3.0\nFN:山田太郎\nADR;TYPE=WORK:;;千代田1-1;千代田区;東京都;100-0001;日本\nEND:VCARD";
    assert_eq!(Card::of_vcards(adr)[0].best(CardField::Address), Some("東京都千代田区千代田1-1"));
}

#[test]
fn a_japanese_card() {
    let card = Card::of_lines([
        "株式会社アクメ商事",
        "営業本部 第一営業部",
        "部長　山田　太郎",
        "ヤマダ タロウ",
        "〒１００−０００１",
        "東京都千代田区千代田1-1-1",
        "アクメビル 5F",
        "TEL: 03-1234-5678 FAX: 03-1234-5679",
        "携帯 090-1234-5678",
        "E-mail: taro.yamada@acme.co.jp",
        "https://www.acme.co.jp/",
    ]);
    use CardField::{
        Address, City, Company, Department, Email, Fax, Mobile, Name, NameKana, Phone, PostalCode, Region,
        Title, Url,
    };
    assert_eq!(
        best(&card, &[Company, Department, Title, Name, NameKana, PostalCode, Region, City]),
        [
            "株式会社アクメ商事",
            "営業本部 第一営業部",
            "部長",
            "山田 太郎",
            "ヤマダ タロウ",
            "100-0001",
            "東京都",
            "千代田区"
        ]
    );
    assert_eq!(
        best(&card, &[Address, Phone, Fax, Mobile, Email, Url]),
        [
            "東京都千代田区千代田1-1-1 アクメビル 5F",
            "03-1234-5678",
            "03-1234-5679",
            "090-1234-5678",
            "taro.yamada@acme.co.jp",
            "https://www.acme.co.jp/"
        ]
    );
    assert!(card.rest.is_empty(), "{:?}", card.rest);
    assert!(card.entries.iter().all(|entry| (500_000..=1_000_000).contains(&entry.confidence)));
}

#[test]
fn an_english_card() {
    let card = Card::of_lines([
        "Acme Trading Co., Ltd.",
        "Taro Yamada",
        "Manager, Sales Department",
        "1-1-1 Chiyoda, Chiyoda-ku, Tokyo 100-0001 Japan",
        "Phone: +81 3-1234-5678 / Mobile: +81 90-1234-5678",
        "taro@acme.example",
        "www.acme.example",
    ]);
    use CardField::{Address, Company, Department, Email, Mobile, Name, Phone, Title, Url};
    assert_eq!(
        best(&card, &[Company, Name, Title, Department, Phone, Mobile, Email, Url]),
        [
            "Acme Trading Co., Ltd.",
            "Taro Yamada",
            "Manager",
            "Sales Department",
            "+81 3-1234-5678",
            "+81 90-1234-5678",
            "taro@acme.example",
            "www.acme.example"
        ]
    );
    assert!(card.best(Address).is_some_and(|address| address.contains("Chiyoda-ku")), "{card:?}");
    let place = [CardField::PostalCode, CardField::Region, CardField::City];
    assert_eq!(best(&card, &place), ["100-0001", "東京都", "Chiyoda-ku"]);
    let card = Card::of_lines(["2-1 Honcho, Naka-ku, Yokohama-shi, Kanagawa 231-0005"]);
    assert_eq!(best(&card, &place), ["231-0005", "神奈川県", "Naka-ku, Yokohama-shi"]);
    let card = Card::of_lines(["12 Nara Street, Springfield"]);
    assert_eq!(best(&card, &place), ["", "", ""], "elsewhere");
}

proptest! {
    #[test]
    fn no_text_panics(text in "(BEGIN:VCARD\r?\n)?(([A-Z;=.\":-]{0,12}[:=;]|\\PC){0,60}\r?\n?[ \t]?){0,12}") {
        let cards = Card::of_vcards(&text);
        for card in &cards {
            let _ = card.payload();
        }
        let lines: Vec<&str> = text.lines().collect();
        let card = Card::of_lines(lines);
        prop_assert!(card.entries.iter().all(|entry| !entry.value.is_empty()));
    }
}
