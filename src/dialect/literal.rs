//! Stub until the text family's decoder is merged.

pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) message: String,
}
pub(super) fn string(source: &str) -> Result<String, Fault> {
    let body = source.trim_start_matches(['r', 'R']);
    let n = if body.starts_with("'''") || body.starts_with("\"\"\"") { 3 } else { 1 };
    body.get(n..body.len() - n).map(str::to_owned).ok_or(Fault { offset: 0, message: String::new() })
}
pub(super) fn bytes(source: &str) -> Result<Vec<u8>, Fault> {
    string(source.trim_start_matches(['r', 'R', 'b', 'B'])).map(String::into_bytes)
}
pub(super) fn name(source: &str) -> Result<String, Fault> {
    Ok(source.trim_matches('`').to_owned())
}
