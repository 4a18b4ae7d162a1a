//! Payloads of the shapes that providers document, written for these tests.

use super::*;

#[test]
fn mailgun() {
    let event = |event: &str, more: &str| {
        format!(
            r#"{{"signature":{{"timestamp":"1529006854","token":"t","signature":"s"}},"event-data":{{"id":"{event}-1","timestamp":1529006854.329574,"event":"{event}","recipient":"alice@example.com","message":{{"headers":{{"message-id":"m@example.com"}}}}{more}}}}}"#
        )
    };
    for (name, more, kind) in [
        ("accepted", "", "email_sent"),
        ("delivered", "", "email_delivered"),
        ("failed", r#","severity":"temporary","reason":"generic""#, "email_deferred"),
        ("failed", r#","severity":"permanent","reason":"suppress-bounce""#, "email_bounce"),
        (
            "opened",
            r#","ip":"1.1.1.1","client-info":{"user-agent":"Mozilla/5.0","bot":"apple"}"#,
            "email_open",
        ),
        ("clicked", r#","url":"https://example.com/"}"#.trim_end_matches('}'), "email_click"),
        ("unsubscribed", "", "email_unsubscribe"),
        ("complained", "", "email_complaint"),
    ] {
        let captured = capture("mailgun", "mailgun", &event(name, more));
        assert!(captured.problems.is_empty(), "{name}: {:?}", captured.problems);
        let expected = (
            kind.to_owned(),
            format!("{name}-1"),
            "alice@example.com".to_owned(),
            "2018-06-14T20:07:34.329574Z".to_owned(),
        );
        assert_eq!(facts(&captured), [expected]);
    }
    let opened = capture("mailgun", "mailgun", &event("opened", r#","client-info":{"bot":"apple"}"#));
    assert_eq!(opened.people[0].activities[0].trust, Trust::Machine);
    twice("mailgun", "mailgun", &[Payload::json(&event("clicked", "")).unwrap()]);
}

#[test]
fn brevo() {
    for (name, kind, trust) in [
        ("request", "email_sent", Trust::Human),
        ("delivered", "email_delivered", Trust::Human),
        ("deferred", "email_deferred", Trust::Human),
        ("soft_bounce", "email_bounce", Trust::Human),
        ("hard_bounce", "email_bounce", Trust::Human),
        ("invalid_email", "email_bounce", Trust::Human),
        ("blocked", "email_dropped", Trust::Human),
        ("error", "email_failed", Trust::Human),
        ("unique_opened", "email_first_open", Trust::Human),
        ("opened", "email_open", Trust::Human),
        ("proxy_open", "email_open", Trust::Machine),
        ("click", "email_click", Trust::Human),
        ("spam", "email_complaint", Trust::Human),
        ("unsubscribed", "email_unsubscribe", Trust::Human),
    ] {
        let text = format!(
            r#"{{"event":"{name}","email":"a@example.com","id":26224,"date":"2020-10-09 00:00:00","ts":1604933619,"message-id":"<x@relay>","ts_event":1604933654,"subject":"s","link":"https://example.com","ts_epoch":1604933654000}}"#
        );
        let captured = capture("brevo", "brevo", &text);
        assert!(captured.problems.is_empty(), "{name}: {:?}", captured.problems);
        let activity = &captured.people[0].activities[0];
        assert_eq!((activity.kind.as_str(), activity.trust), (kind, trust), "{name}");
        assert_eq!(activity.at.to_string(), "2020-11-09T14:54:14Z");
        let again = capture("brevo", "brevo", &text);
        assert_eq!(facts(&again)[0].1, activity.id, "an id made of the content is the same again");
        twice("brevo", "brevo", &[Payload::json(&text).unwrap()]);
    }
}

#[test]
fn mailjet() {
    let text = r#"[
        {"event":"sent","time":1433333949,"MessageID":19421777835146490,"email":"api@mailjet.com","mj_campaign_id":7257,"smtp_reply":"sent"},
        {"event":"open","time":1433103519,"MessageID":19421777396190490,"email":"api@mailjet.com","ip":"127.0.0.1","geo":"US","agent":"Mozilla/5.0"},
        {"event":"click","time":1433334941,"MessageID":19421777836302490,"email":"api@mailjet.com","url":"https://mailjet.com","ip":"127.0.0.1"},
        {"event":"bounce","time":1430812195,"MessageID":13792286917004336,"email":"bounce@mailjet.com","blocked":false,"hard_bounce":true,"error":"user unknown"},
        {"event":"blocked","time":1430812195,"MessageID":13792286917004336,"email":"bounce@mailjet.com","error":"preblocked"},
        {"event":"spam","time":1430812195,"MessageID":13792286917004336,"email":"spam@mailjet.com","source":"JMRPP"},
        {"event":"unsub","time":1433334941,"MessageID":20547674933128000,"email":"api@mailjet.com","mj_list_id":1}]"#;
    let captured = capture("mailjet", "mailjet", text);
    assert!(captured.problems.is_empty(), "{:?}", captured.problems);
    let mut found = kinds(&captured);
    found.sort();
    let expected = [
        "email_bounce",
        "email_click",
        "email_complaint",
        "email_delivered",
        "email_dropped",
        "email_open",
        "email_unsubscribe",
    ];
    assert_eq!(found, expected);
    assert_eq!(captured.people.len(), 3, "one entry per person");
    let message = &captured.people[0].activities[0].properties["message_id"];
    assert_eq!(*message, Value::from("19421777835146490"), "no digit of a long id is lost");
    twice("mailjet", "mailjet", &[Payload::json(text).unwrap()]);
}

#[test]
fn google_ads() {
    let text = r#"{"lead_id":"lead_id1","form_id":0,"campaign_id":9,"api_version":"1.0","google_key":"k","gcl_id":"Cj0","is_test":false,
        "user_column_data":[
            {"column_name":"Full Name","column_id":"FULL_NAME","string_value":"山田 太郎"},
            {"column_id":"EMAIL","string_value":"Taro@Example.co.jp"},
            {"column_id":"PHONE_NUMBER","string_value":"03-1234-5678"},
            {"column_id":"COMPANY_NAME","string_value":"㈱アクメ"}]}"#;
    let captured = capture("google-ads", "google_ads", text);
    assert!(captured.problems.is_empty(), "{:?}", captured.problems);
    let person = &captured.people[0];
    assert_eq!(person.fields["email"], Value::from("taro@example.co.jp"));
    assert_eq!(person.fields["phone"], Value::from("+81312345678"));
    assert_eq!(person.fields["company"], Value::from("株式会社アクメ"));
    assert_eq!(person.source["gclid"], Value::from("Cj0"));
    assert_eq!(person.activities[0].id, "lead_id1");
    assert_eq!(person.activities[0].properties["gclid"], Value::from("Cj0"));
    let test = capture("google-ads", "google_ads", &text.replace("\"is_test\":false", "\"is_test\":true"));
    assert!(test.people.is_empty(), "a test lead is nobody");
    twice("google-ads", "google_ads", &[Payload::json(text).unwrap()]);
}

#[test]
fn meta_lead_ads() {
    let lead = r#"{"created_time":"2026-02-28T08:49:14+0000","id":"444444","ad_id":"66","form_id":"77","field_data":[
        {"name":"full_name","values":["Joe Example"]},{"name":"email","values":["joe@example.com"]},{"name":"car_make","values":["Honda"]}]}"#;
    for text in [lead.to_owned(), format!("{{\"data\":[{lead}],\"paging\":{{}}}}")] {
        let captured = capture("meta-lead-ads", "meta_lead_ads", &text);
        assert!(captured.problems.is_empty(), "{:?}", captured.problems);
        let expected = ("lead_form", "444444", "joe@example.com", "2026-02-28T08:49:14Z");
        let (kind, id, who, at) = &facts(&captured)[0];
        assert_eq!((kind.as_str(), id.as_str(), who.as_str(), at.as_str()), expected);
        twice("meta-lead-ads", "meta_lead_ads", &[Payload::json(&text).unwrap()]);
    }
}

#[test]
fn twilio_calls() {
    let engine = engine("twilio-calls");
    let form = |status: &str, direction: &str| {
        Payload::form(&format!(
            "CallSid=CA1&AccountSid=AC1&From=%2B81312345678&To=%2B819012345678&CallStatus={status}&Direction={direction}&CallDuration=65&Timestamp=Wed%2C+19+Sep+2018+20%3A00%3A00+%2B0000&SequenceNumber=0"
        ))
    };
    for (status, kind) in [
        ("in-progress", "call_answered"),
        ("completed", "call_completed"),
        ("busy", "call_missed"),
        ("no-answer", "call_missed"),
        ("canceled", "call_missed"),
        ("failed", "call_failed"),
    ] {
        let captured = engine.capture("twilio_calls", &form(status, "outbound-api"), at()).unwrap();
        assert!(captured.problems.is_empty(), "{status}: {:?}", captured.problems);
        let expected = (
            kind.to_owned(),
            format!("CA1:{status}"),
            "+819012345678".to_owned(),
            "2018-09-19T20:00:00Z".to_owned(),
        );
        assert_eq!(facts(&captured), [expected]);
    }
    let ringing = engine.capture("twilio_calls", &form("ringing", "inbound"), at()).unwrap();
    assert_eq!((kinds(&ringing).len(), ringing.problems.len()), (0, 0));
    assert_eq!(ringing.people[0].identities[0].value, "+81312345678", "of an inbound call it is the caller");
    let completed = engine.capture("twilio_calls", &form("completed", "inbound"), at()).unwrap();
    assert_eq!(completed.people[0].activities[0].properties["seconds"], Value::Int(65));
    twice("twilio-calls", "twilio_calls", &[form("completed", "inbound"), form("busy", "inbound")]);
}

#[test]
fn chats() {
    let tawk = r#"{"event":"chat:transcript_created","time":"2026-05-01T00:10:00.000Z","property":{"id":"p","name":"n"},
        "chat":{"id":"chat-1","visitor":{"name":"V1","email":"v@example.com","city":"Tokyo"},
        "messages":[{"sender":{"t":"v"},"type":"msg","msg":"料金は?","time":"2026-05-01T00:01:00Z"},
                    {"sender":{"t":"a","n":"agent"},"type":"msg","msg":"はい","time":"2026-05-01T00:02:00Z"}]}}"#;
    let captured = capture("chat", "chat", tawk);
    assert!(captured.problems.is_empty(), "{:?}", captured.problems);
    assert_eq!(kinds(&captured), ["chat", "chat_message"]);
    assert_eq!(captured.people[0].activities[1].properties["text"], Value::from("料金は?"));
    let plain = r#"{"id":"c2","started_at":"2026-05-01T00:00:00Z","visitor":{"id":"v1","email":"v@example.com","visits":3,
        "pages":[{"url":"https://a.jp/?gclid=g","seconds":30,"at":"2026-05-01T00:00:00Z"},{"url":"https://a.jp/pricing","seconds":90,"at":"2026-05-01T00:01:00Z"}]},
        "messages":[{"id":"m1","sender":{"type":"visitor"},"text":"hi","at":"2026-05-01T00:02:00Z"}]}"#;
    let captured = capture("chat", "chat", plain);
    assert_eq!(kinds(&captured), ["chat", "chat_message", "page_view", "page_view"]);
    assert_eq!(captured.people[0].activities[0].properties["visits"], Value::Int(3));
    assert_eq!(captured.people[0].activities[3].properties["seconds"], Value::Int(90));
    assert_eq!(captured.people[0].source["gclid"], Value::from("g"));
    twice("chat", "chat", &[Payload::json(tawk).unwrap(), Payload::json(plain).unwrap()]);
}

#[test]
fn social() {
    let text = r#"[{"id":"e1","network":"x","handle":"@taro","action":"like","post":"p1","at":"2026-05-01T00:00:00Z"},
        {"id":"e2","network":"x","handle":"@taro","action":"repost","post":"p1","at":"2026-05-01T00:01:00Z"},
        {"id":"e3","network":"linkedin","handle":"@taro","action":"follow","at":"2026-05-01T00:02:00Z"},
        {"id":"e4","network":"facebook","handle":"h","action":"comment","text":"いいですね","at":"2026-05-01T00:03:00Z"},
        {"id":"e5","network":"facebook","handle":"h","action":"poke","at":"2026-05-01T00:03:00Z"}]"#;
    let captured = capture("social", "social", text);
    assert_eq!(kinds(&captured), ["social_like", "social_repost", "social_follow", "social_comment"]);
    assert_eq!(captured.people.len(), 3, "a handle is a person within its network only");
    assert_eq!(captured.problems.len(), 1);
    assert_eq!(captured.problems[0].path.as_deref(), Some("/4"));
    twice("social", "social", &[Payload::json(text).unwrap()]);
}

#[test]
fn tables_of_other_crms() {
    for (preset, mapping, header, cells) in [
        (
            "zoho-csv",
            "zoho_csv",
            "Record Id,First Name,Last Name,Email,Company,No. of Employees,Lead Source,Email Opt Out",
            "zcrm_1,太郎,山田,taro@example.co.jp,アクメ,1200,展示会,true",
        ),
        (
            "hubspot-csv",
            "hubspot_csv",
            "Record ID,First Name,Last Name,Email,Company Name,Number of Employees,Original Source",
            "1,太郎,山田,taro@example.co.jp,アクメ,1200,展示会",
        ),
        (
            "salesforce-csv",
            "salesforce_csv",
            "Lead ID,First Name,Last Name,Email,Company / Account,Employees,Lead Source,Email Opt Out",
            "00Q,太郎,山田,taro@example.co.jp,アクメ,1200,展示会,1",
        ),
        (
            "salesforce-csv",
            "salesforce_csv",
            "Id,FirstName,LastName,Email,Company,NumberOfEmployees,LeadSource,HasOptedOutOfEmail",
            "00Q,太郎,山田,taro@example.co.jp,アクメ,1200,展示会,true",
        ),
    ] {
        let row = Payload::row(header.split(','), cells.split(','));
        let captured = engine(preset).capture(mapping, &row, at()).unwrap();
        assert!(captured.problems.is_empty(), "{preset}: {:?}", captured.problems);
        let person = &captured.people[0];
        for (field, value) in [
            ("email", "taro@example.co.jp"),
            ("last_name", "山田"),
            ("first_name", "太郎"),
            ("company", "アクメ"),
        ] {
            assert_eq!(person.fields[field], Value::from(value), "{preset} {field}");
        }
        assert_eq!(person.fields["employees"], Value::Int(1200), "{preset}");
        assert_eq!(person.source["channel"], Value::from("展示会"), "{preset}");
        assert_eq!(person.identities.len(), 2, "{preset}");
        assert_eq!(person.consent.len(), usize::from(preset != "hubspot-csv"), "{preset}");
        twice(preset, mapping, &[row]);
    }
}
