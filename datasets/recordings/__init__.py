"""What the builders of recorded faces share: splits by person, features, the way frames are made and selected."""
